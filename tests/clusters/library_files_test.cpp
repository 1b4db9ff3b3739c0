#include "clusters/library_files.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

class LibraryFilesTest : public testing::Test {
  protected:
    LibraryFilesTest() {
        char name[] = "/tmp/stoker-library-files-XXXXXX";
        folder = mkdtemp(name);
        fs::create_directories(folder / "data/dbfs/lib");
        sources = {folder / "data/dbfs", folder / "data", "", [](const std::string& path) {
                       return path == "/Shared/a.whl" ? std::optional<std::string>("from workspace") : std::nullopt;
                   }};
        write("data/dbfs/lib/a.whl", "from dbfs");
        write("data/secret.txt", "secret");
        write("machine.txt", "from machine");
    }
    ~LibraryFilesTest() override { fs::remove_all(folder); }
    void write(const std::string& path, const std::string& text) { std::ofstream(folder / path) << text; }
    std::string read(const std::string& name) {
        return read_library_file(sources, children, {LibraryKind::kWhl, name, "", {}});
    }
    std::string refusal(const std::string& name) {
        try {
            return "content: " + read(name);
        } catch (const LibraryError& error) {
            return error.what();
        }
    }

    fs::path folder;
    Children children;
    LibrarySources sources;
};

TEST_F(LibraryFilesTest, come_from_dbfs_workspace_and_machine) {
    EXPECT_EQ(read("dbfs:/lib/a.whl"), "from dbfs");
    EXPECT_EQ(read("/dbfs/lib/a.whl"), "from dbfs");
    EXPECT_EQ(read("/Workspace/Shared/a.whl"), "from workspace");
    EXPECT_EQ(read("/Shared/a.whl"), "from workspace");
    EXPECT_EQ(read("file:" + (folder / "machine.txt").string()), "from machine");
}

TEST_F(LibraryFilesTest, that_are_missing_are_named) {
    EXPECT_EQ(refusal("dbfs:/lib/none.whl"),
              "Library installation failed: wheel dbfs:/lib/none.whl: the file does not exist.");
    EXPECT_EQ(refusal("/Workspace/none.whl"),
              "Library installation failed: wheel /Workspace/none.whl: the file does not exist.");
    EXPECT_NE(refusal("dbfs:/lib").find("is not a file"), std::string::npos);
}

TEST_F(LibraryFilesTest, never_leave_their_root) {
    fs::create_symlink(folder / "data/secret.txt", folder / "data/dbfs/link.whl");
    fs::create_symlink("..", folder / "data/dbfs/up");
    for (const std::string& name :
         {std::string("dbfs:/link.whl"), std::string("dbfs:/up/secret.txt"), std::string("dbfs:/../secret.txt"),
          "file:" + (folder / "data/secret.txt").string(), "file:" + (folder / "data/dbfs/../secret.txt").string()})
        EXPECT_EQ(refusal(name).find("content: "), std::string::npos) << name;
    fs::create_symlink(folder / "data/secret.txt", folder / "outside.txt");
    EXPECT_NE(refusal("file:" + (folder / "outside.txt").string()).find("Permission denied"), std::string::npos);
}

}  // namespace
}  // namespace stoker::clusters
