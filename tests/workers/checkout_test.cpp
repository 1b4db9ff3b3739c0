#include "workers/checkout.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/random.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace {
namespace fs = std::filesystem;

class CheckoutTest : public ::testing::Test {
  protected:
    CheckoutTest() : folder_(fs::temp_directory_path() / ("stoker-checkout-" + random_hex(8))) {
        source_.git_url = "https://host/team/etl.git";
    }
    ~CheckoutTest() override { fs::remove_all(folder_); }

    void write(const std::string& path, const std::string& content) {
        fs::create_directories((folder_ / path).parent_path());
        std::ofstream(folder_ / path) << content;
    }
    Checkout checkout() const { return {folder_ / "tree", source_, std::string(40, 'a')}; }
    std::string refusal(const std::string& path) const {
        try {
            checkout().notebook(path);
        } catch (const RunRefused& refused) {
            EXPECT_EQ(refused.refusal().termination_code, "RESOURCE_NOT_FOUND");
            return refused.what();
        }
        return "";
    }

    const fs::path folder_;
    clusters::GitSource source_;
};

TEST_F(CheckoutTest, ANotebookIsFoundWithAndWithoutItsExtension) {
    write("tree/jobs/main.py", "one");
    write("tree/jobs/main/x", "");
    write("tree/jobs/report.ipynb", "{}");
    write("tree/q.sql", "SELECT 1");
    write("tree/plain", "two");
    for (const char* path :
         {"jobs/main", "jobs/main.py", "./jobs/../jobs/main", "/Repos/.internal/host/team/etl/jobs/main"}) {
        const auto notebook = checkout().notebook(path);
        EXPECT_EQ(notebook.content, "one") << path;
        EXPECT_EQ(notebook.workspace_path, "/Repos/.internal/host/team/etl/jobs/main");
        EXPECT_EQ(notebook.format + " " + notebook.language, "SOURCE PYTHON");
    }
    EXPECT_EQ(checkout().notebook("jobs/report").format, "JUPYTER");
    EXPECT_EQ(checkout().notebook("q").language, "SQL");
    EXPECT_EQ(checkout().notebook("plain").content, "two");
}

TEST_F(CheckoutTest, NothingOutsideItIsRead) {
    write("secret", "secret");
    write("secret.py", "secret");
    write("tree/jobs/main.py", "one");
    fs::create_symlink("../../secret", folder_ / "tree/jobs/up");
    fs::create_symlink(folder_ / "secret", folder_ / "tree/absolute.py");
    fs::create_symlink("..", folder_ / "tree/parent");
    for (const char* path :
         {"../secret", "jobs/up", "absolute", "parent/secret", "/Repos/.internal/host/team/etl/../secret"})
        EXPECT_NE(refusal(path), "") << path;
}

TEST_F(CheckoutTest, WhatIsNoNotebookIsRefusedByName) {
    write("tree/folder/x", "");
    write("tree/large.py", std::string(10 * 1024 * 1024 + 1, ' '));
    EXPECT_EQ(refusal("jobs/missing"),
              "Unable to access the notebook \"jobs/missing\" in https://host/team/etl.git at commit " +
                  std::string(40, 'a'));
    EXPECT_NE(refusal("folder"), "");
    EXPECT_NE(refusal("large").find("larger than 10 MB"), std::string::npos);
}

TEST_F(CheckoutTest, HoldsWhatIsBeneathItsFolderOfTheWorkspace) {
    fs::create_directories(folder_ / "tree");
    EXPECT_TRUE(checkout().holds("/Repos/.internal/host/team/etl/a"));
    EXPECT_FALSE(checkout().holds("/Repos/.internal/host/team/etl2/a"));
    EXPECT_FALSE(checkout().holds("/Users/a"));
}

}  // namespace
}  // namespace stoker::workers
