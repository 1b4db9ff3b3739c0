#include "cli/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_F(DataFolderTest, GivesAWholeTreeAndNothingThatItsLinksLeadTo) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    auto data = DataFolder::open(folder_);
    const fs::path store = data.mlflow_artifacts();
    fs::create_directories(store / "1/run");
    fs::create_symlink(data.write_secret("kept", "x"), store / "1/run/link");
    give_tree_to(store, "nobody");
    auto owner = [](const fs::path& path) {
        struct stat status {};
        EXPECT_EQ(lstat(path.c_str(), &status), 0);
        return status.st_uid;
    };
    for (const char* given : {"", "1", "1/run", "1/run/link"}) EXPECT_EQ(owner(store / given), 65534u) << given;
    EXPECT_EQ(owner(folder_ / "secrets/kept"), 0u);
}

}  // namespace
}  // namespace stoker::cli
