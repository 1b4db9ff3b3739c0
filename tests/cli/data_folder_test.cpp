#include "cli/data_folder.h"

#include <gtest/gtest.h>

#include "cli/start_error.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
class DataFolderTest : public ::testing::Test {
  protected:
    DataFolderTest() : folder_(fs::temp_directory_path() / ("stoker-data-" + random_hex(8))) {}
    ~DataFolderTest() override { fs::remove_all(folder_); }

    std::string refusal() {
        try {
            DataFolder::open(folder_);
        } catch (const StartError& error) {
            return error.what();
        }
        return "";
    }
    const fs::path folder_;
};

TEST_F(DataFolderTest, MakesTheLayoutWithSecretsClosed) {
    auto data = DataFolder::open(folder_);
    EXPECT_EQ(fs::status(folder_ / "secrets").permissions(), fs::perms(0700));
    EXPECT_EQ(fs::status(folder_ / "storage/mlflow").permissions(), fs::perms(0700));
    EXPECT_EQ(fs::status(folder_).permissions(), fs::perms(0711));
    std::string key = data.secret("signing_key");
    EXPECT_EQ(key.size(), 64u);
    EXPECT_EQ(data.secret("signing_key"), key);
    EXPECT_EQ(fs::status(folder_ / "secrets/signing_key").permissions(), fs::perms(0600));
}

TEST_F(DataFolderTest, ServesOneProcessAtATime) {
    auto data = DataFolder::open(folder_);
    EXPECT_NE(refusal().find("is in use by process"), std::string::npos) << refusal();
}

TEST_F(DataFolderTest, OfANewerStokerIsRefused) {
    { auto data = DataFolder::open(folder_); }
    write_file(folder_ / "version", "99\n", fs::perms(0600));
    EXPECT_NE(refusal().find("written by a newer stoker (layout 99"), std::string::npos) << refusal();
    EXPECT_EQ(read_file_or_empty(folder_ / "version"), "99\n");
}

TEST_F(DataFolderTest, ThatIsAFileIsRefused) {
    write_file(folder_, "mine", fs::perms(0600));
    EXPECT_NE(refusal().find("is not a folder"), std::string::npos) << refusal();
}
}  // namespace
}  // namespace stoker::cli
