#include "cli/databricks_profile.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "cli/data_folder.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
class DatabricksProfile : public ::testing::Test {
  protected:
    DatabricksProfile() : file_(fs::temp_directory_path() / ("databrickscfg-" + random_hex(8))) {}
    ~DatabricksProfile() override { fs::remove(file_); }
    const fs::path file_;
};

TEST_F(DatabricksProfile, IsAppendedToWhatIsThere) {
    write_file(file_, "[DEFAULT]\nhost = https://elsewhere", fs::perms(0600));
    EXPECT_EQ(write_databricks_profile(file_, "http://127.0.0.1:1", "t"), ProfileOutcome::kWritten);
    EXPECT_EQ(read_file_or_empty(file_),
              "[DEFAULT]\nhost = https://elsewhere\n[stoker]\nhost = http://127.0.0.1:1\ntoken = t\n");
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0600));
}

TEST_F(DatabricksProfile, IsLeftAloneWhenThereIsOne) {
    write_file(file_, "[stoker]\nhost = http://mine\n", fs::perms(0600));
    EXPECT_EQ(write_databricks_profile(file_, "http://127.0.0.1:1", "t"), ProfileOutcome::kAlreadyThere);
    EXPECT_EQ(read_file_or_empty(file_), "[stoker]\nhost = http://mine\n");
}
}  // namespace
}  // namespace stoker::cli
