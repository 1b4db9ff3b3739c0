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
        sources = {folder / "data/dbfs", folder / "data", "", [](const std::string& reader, const std::string& path) {
                       return reader == "ann@example.com" && path == "/Shared/a.whl"
                                  ? std::optional<std::string>("from workspace")
                                  : std::nullopt;
                   }};
        write("data/dbfs/lib/a.whl", "from dbfs");
        fs::create_directories(folder / "data/dbfs/Volumes/main/default/v");
        write("data/dbfs/Volumes/main/default/v/a.whl", "from volume");
        write("data/secret.txt", "secret");
        char shared[] = "/dev/shm/stoker-library-files-XXXXXX";
        open_folder = mkdtemp(shared);
        std::ofstream(open_folder / "machine.txt") << "from machine";
    }
    ~LibraryFilesTest() override {
        fs::remove_all(folder);
        fs::remove_all(open_folder);
    }
    void write(const std::string& path, const std::string& text) { std::ofstream(folder / path) << text; }
    std::string read(const std::string& name) {
        return read_library_file(sources, children, {"/usr/bin/python3", fs::absolute("workers/kernel")},
                                 "ann@example.com", {LibraryKind::kWhl, name, "", {}});
    }
    std::string refusal(const std::string& name) {
        try {
            return "content: " + read(name);
        } catch (const LibraryError& error) {
            return error.what();
        }
    }

    fs::path folder;
    fs::path open_folder;  // where notebooks may read too
    Children children;
    LibrarySources sources;
};

TEST_F(LibraryFilesTest, come_from_dbfs_workspace_and_machine) {
    EXPECT_EQ(read("dbfs:/lib/a.whl"), "from dbfs");
    EXPECT_EQ(read("/dbfs/lib/a.whl"), "from dbfs");
    EXPECT_EQ(read("/Volumes/main/default/v/a.whl"), "from volume");
    EXPECT_EQ(read("dbfs:/Volumes/main/default/v/a.whl"), "from volume");
    EXPECT_EQ(read("/Workspace/Shared/a.whl"), "from workspace");
    EXPECT_EQ(read("/Shared/a.whl"), "from workspace");
    EXPECT_EQ(read("file:" + (open_folder / "machine.txt").string()), "from machine");
    EXPECT_EQ(read("file:" + (folder / "data/dbfs/lib/a.whl").string()), "from dbfs");
}

TEST_F(LibraryFilesTest, that_are_missing_are_named) {
    EXPECT_EQ(refusal("dbfs:/lib/none.whl"),
              "Library installation failed: wheel dbfs:/lib/none.whl: the file does not exist.");
    EXPECT_EQ(
        refusal("/Workspace/none.whl"),
        "Library installation failed: wheel /Workspace/none.whl: there is no such file that ann@example.com may read.");
    EXPECT_EQ(refusal("file:/none/a.whl"),
              "Library installation failed: wheel file:/none/a.whl: the file does not exist.");
    EXPECT_EQ(refusal("file:" + open_folder.string()),
              "Library installation failed: wheel file:" + open_folder.string() + ": is not a file.");
    EXPECT_NE(refusal("dbfs:/lib").find("is not a file"), std::string::npos);
}

TEST_F(LibraryFilesTest, never_leave_their_root) {
    fs::create_symlink(folder / "data/secret.txt", folder / "data/dbfs/link.whl");
    fs::create_symlink("..", folder / "data/dbfs/up");
    for (const std::string& name :
         {std::string("dbfs:/link.whl"), std::string("dbfs:/up/secret.txt"), std::string("dbfs:/../secret.txt"),
          "file:" + (folder / "data/secret.txt").string(), "file:" + (folder / "data/dbfs/../secret.txt").string()})
        EXPECT_EQ(refusal(name).find("content: "), std::string::npos) << name;
}

TEST_F(LibraryFilesTest, of_the_machine_are_those_that_notebooks_may_read) {
    write("machine.txt", "not for notebooks");
    fs::create_symlink(folder / "machine.txt", open_folder / "link.txt");
    fs::create_symlink(folder / "data/secret.txt", folder / "data/dbfs/secret.txt");
    for (const fs::path& path : {folder / "machine.txt", open_folder / "link.txt", folder / "data/dbfs/secret.txt",
                                 folder / "data/secret.txt", fs::path("/etc/shadow")})
        EXPECT_EQ(refusal("file:" + path.string()), "Library installation failed: wheel file:" + path.string() +
                                                        ": Permission denied: notebooks may not read it either.");
}

}  // namespace
}  // namespace stoker::clusters
