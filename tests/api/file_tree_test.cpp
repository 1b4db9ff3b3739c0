#include "api/files/file_tree.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "core/dbfs.h"
#include "core/random.h"
#include "tests/support/manual_clock.h"

namespace stoker::test {
namespace {
namespace fs = std::filesystem;
using api::FileProblem;
using api::Overwrite;
using api::Recursive;

class FileTreeTest : public testing::Test {
  protected:
    FileTreeTest() {
        fs::create_directories(root_);
        std::ofstream(folder_ / "secret") << "secret";
    }
    ~FileTreeTest() override { fs::remove_all(folder_); }

    void put(const std::string& path, const std::string& bytes, Overwrite overwrite = Overwrite::kNo) {
        const auto file = tree_.begin_file();
        file->append(bytes);
        file->publish(path, overwrite);
    }
    std::string read(const std::string& path) { return tree_.open(path).read(0, 1 << 20); }
    std::vector<std::string> names(const std::string& path) {
        std::vector<std::string> found;
        for (const auto& status : tree_.list(path, 100)) found.push_back(status.path);
        return found;
    }
    fs::path hidden() const { return root_ / kDbfsHiddenFolder; }
    /// What the operation fails with; nullopt when it does not.
    template <class Operation>
    static std::optional<FileProblem> problem(Operation operation) {
        try {
            operation();
        } catch (const api::FileError& error) {
            return error.problem;
        }
        return std::nullopt;
    }

    const fs::path folder_ = fs::temp_directory_path() / ("stoker-tree-" + random_hex(6));
    const fs::path root_ = folder_ / "root";
    ManualClock clock_;
    api::FileTree tree_{root_, clock_};
};

TEST_F(FileTreeTest, AFileIsSeenWhenItIsPublishedAndNotBefore) {
    const auto file = tree_.begin_file();
    file->append("one ");
    EXPECT_TRUE(names("/").empty());
    file->append("two");
    file->publish("/a/b/f", Overwrite::kNo);
    EXPECT_EQ(read("/a/b/f"), "one two");
    EXPECT_EQ(names("/"), std::vector<std::string>{"/a"});
    EXPECT_EQ(tree_.status("/a/b/f").size, 7);
    EXPECT_TRUE(tree_.status("/a/b").is_dir);
    EXPECT_TRUE(fs::is_empty(hidden()));
}

TEST_F(FileTreeTest, AFileThatIsNotPublishedLeavesNothing) {
    tree_.begin_file()->append("lost");
    EXPECT_TRUE(fs::is_empty(hidden()));
}

TEST_F(FileTreeTest, WhatIsMadeHasTheRootsOwnerAndModes) {
    fs::permissions(root_, fs::perms(0770));
    const bool is_root = geteuid() == 0;
    if (is_root) {
        ASSERT_EQ(chown(root_.c_str(), 12345, 12346), 0);
    }
    put("/new/f", "x");
    tree_.make_folders("/made");
    for (const auto& [path, mode] : std::map<std::string, mode_t>{{"new/f", 0660}, {"new", 0770}, {"made", 0770}}) {
        struct stat status {};
        ASSERT_EQ(stat((root_ / path).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, mode) << path;
        if (is_root) {
            EXPECT_EQ(std::pair(status.st_uid, status.st_gid), std::pair(12345u, 12346u)) << path;
        }
    }
    struct stat status {};
    ASSERT_EQ(stat(hidden().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(FileTreeTest, AnOpenFileStaysAsItWasWhileItIsReplaced) {
    put("/f", "old");
    const api::OpenFile open = tree_.open("/f");
    put("/f", "new!", Overwrite::kYes);
    EXPECT_EQ(open.read(0, 100), "old");
    EXPECT_EQ(open.read(1, 1), "l");
    EXPECT_EQ(open.read(3, 100), "");
    EXPECT_EQ(read("/f"), "new!");
}

TEST_F(FileTreeTest, WhatIsInTheWayIsTold) {
    put("/f", "x");
    tree_.make_folders("/d/e");
    const std::vector<std::pair<FileProblem, std::function<void()>>> cases{
        {FileProblem::kExists, [&] { put("/f", "y"); }},
        {FileProblem::kExists, [&] { put("/d", "y", Overwrite::kYes); }},
        {FileProblem::kExists, [&] { put("/", "y", Overwrite::kYes); }},
        {FileProblem::kExists, [&] { put("/f/g", "y", Overwrite::kYes); }},
        {FileProblem::kExists, [&] { tree_.check_target("/f", Overwrite::kNo); }},
        {FileProblem::kExists, [&] { tree_.check_target("/d", Overwrite::kYes); }},
        {FileProblem::kExists, [&] { tree_.check_target("/f/g/h", Overwrite::kYes); }},
        {FileProblem::kExists, [&] { tree_.make_folders("/f"); }},
        {FileProblem::kExists, [&] { tree_.make_folders("/f/g"); }},
        {FileProblem::kExists, [&] { tree_.move("/f", "/d"); }},
        {FileProblem::kExists, [&] { tree_.move("/d", "/f"); }},
        {FileProblem::kExists, [&] { tree_.move("/f", "/f"); }},
        {FileProblem::kIntoItself, [&] { tree_.move("/d", "/d/e/g"); }},
        {FileProblem::kMissing, [&] { tree_.move("/none", "/g"); }},
        {FileProblem::kMissing, [&] { tree_.move("/none/x", "/g"); }},
        {FileProblem::kMissing, [&] { tree_.status("/none"); }},
        {FileProblem::kMissing, [&] { tree_.status("/f/g"); }},
        {FileProblem::kMissing, [&] { tree_.list("/none", 10); }},
        {FileProblem::kMissing, [&] { tree_.list_page("/f", "", 10); }},
        {FileProblem::kMissing, [&] { tree_.open("/none"); }},
        {FileProblem::kNotAFile, [&] { tree_.open("/d"); }},
        {FileProblem::kNotEmpty, [&] { tree_.remove("/d", Recursive::kNo); }},
        {FileProblem::kTooMany, [&] { tree_.list("/", 1); }},
        {FileProblem::kNameTooLong, [&] { put("/" + std::string(300, 'n'), "x"); }},
        {FileProblem::kRefusedBySystem, [&] { tree_.remove("/", Recursive::kYes); }},
        {FileProblem::kRefusedBySystem, [&] { tree_.move("/", "/g"); }}};
    for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(problem(cases[i].second), cases[i].first) << i;
    EXPECT_EQ(read("/f"), "x");
    EXPECT_EQ(names("/"), (std::vector<std::string>{"/d", "/f"}));
    EXPECT_TRUE(fs::is_empty(hidden()));
}

TEST_F(FileTreeTest, NoLinkLeadsOutWhateverIsDone) {
    fs::create_symlink("../secret", root_ / "up");
    fs::create_symlink(folder_ / "secret", root_ / "absolute");
    fs::create_symlink(folder_, root_ / "folder");
    fs::create_symlink("/proc/self/root", root_ / "magic");
    put("/f", "x");
    for (const std::string path : {"/up", "/absolute", "/folder", "/folder/secret", "/folder/new", "/magic/etc"}) {
        EXPECT_EQ(problem([&] { tree_.status(path); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.open(path); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.list(path, 10); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.make_folders(path + "/x"); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { put(path + "/x", "y", Overwrite::kYes); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.move("/f", path + "/x"); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.remove(path + "/x", Recursive::kYes); }), FileProblem::kOutside) << path;
    }
    EXPECT_EQ(names("/"), std::vector<std::string>{"/f"});
    EXPECT_EQ(problem([&] { tree_.move("/folder/secret", "/taken"); }), FileProblem::kOutside);
    // The links themselves are the tree's: a file takes the place of one, and it is removed, not what it leads to.
    put("/up", "mine", Overwrite::kYes);
    EXPECT_FALSE(fs::is_symlink(root_ / "up"));
    EXPECT_TRUE(tree_.remove("/folder", Recursive::kYes));
    EXPECT_TRUE(tree_.remove("/absolute", Recursive::kNo));
    std::string text;
    std::ifstream(folder_ / "secret") >> text;
    EXPECT_EQ(text, "secret");
}

TEST_F(FileTreeTest, LinksInsideAreFollowedAndBrokenOnesAreNotShown) {
    put("/data/f", "x");
    fs::create_symlink("data", root_ / "folder");
    fs::create_symlink("../data/f", root_ / "data/g");
    fs::create_symlink("nowhere", root_ / "broken");
    fs::create_symlink("loop", root_ / "loop");
    EXPECT_EQ(read("/folder/g"), "x");
    EXPECT_EQ(names("/"), (std::vector<std::string>{"/data", "/folder"}));
    put("/folder/h", "y");
    EXPECT_EQ(read("/data/h"), "y");
    EXPECT_EQ(problem([&] { put("/folder", "y", Overwrite::kYes); }), FileProblem::kExists);
    EXPECT_EQ(problem([&] { put("/broken/x", "y"); }), FileProblem::kExists);
    EXPECT_EQ(problem([&] { tree_.open("/broken"); }), FileProblem::kMissing);
    EXPECT_EQ(problem([&] { tree_.open("/loop"); }), FileProblem::kOutside);
    EXPECT_TRUE(tree_.remove("/folder", Recursive::kYes));
    EXPECT_EQ(read("/data/f"), "x");
}

TEST_F(FileTreeTest, NoLinkLeadsToWhatIsUnfinished) {
    const auto file = tree_.begin_file();
    file->append("another's");
    const std::string name = fs::directory_iterator(hidden())->path().filename();
    put("/f", "x");
    fs::create_symlink(kDbfsHiddenFolder, root_ / "link");
    fs::create_symlink("link", root_ / "link-to-link");
    fs::create_symlink(".", root_ / "self");
    fs::create_symlink(hidden().filename() / name, root_ / "file");
    for (const std::string& path :
         {std::string("/link"), std::string("/link-to-link"), "/self/" + std::string(kDbfsHiddenFolder)}) {
        for (const std::string& at : {path, path + "/" + name}) {
            EXPECT_EQ(problem([&] { tree_.status(at); }), FileProblem::kOutside) << at;
            EXPECT_EQ(problem([&] { tree_.open(at); }), FileProblem::kOutside) << at;
            EXPECT_EQ(problem([&] { tree_.list(at, 10); }), FileProblem::kOutside) << at;
        }
        EXPECT_EQ(problem([&] { tree_.list_page(path, "", 10); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.make_folders(path + "/x"); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { put(path + "/x", "y", Overwrite::kYes); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.move("/f", path + "/x"); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.remove(path + "/x", Recursive::kYes); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.move(path + "/" + name, "/taken"); }), FileProblem::kOutside) << path;
        EXPECT_EQ(problem([&] { tree_.remove(path + "/" + name, Recursive::kNo); }), FileProblem::kOutside) << path;
    }
    const std::string itself = "/self/" + std::string(kDbfsHiddenFolder);
    EXPECT_EQ(problem([&] { tree_.move(itself, "/shown"); }), FileProblem::kOutside);
    EXPECT_EQ(problem([&] { tree_.remove(itself, Recursive::kYes); }), FileProblem::kOutside);
    EXPECT_EQ(problem([&] { tree_.open("/file"); }), FileProblem::kOutside);
    EXPECT_EQ(names("/"), (std::vector<std::string>{"/f", "/self"}));
    EXPECT_EQ(names("/self"), (std::vector<std::string>{"/self/f", "/self/self"}));
    EXPECT_TRUE(tree_.remove("/link", Recursive::kYes));  // the link itself is the tree's
    file->publish("/done", Overwrite::kNo);
    EXPECT_EQ(read("/done"), "another's");
}

TEST_F(FileTreeTest, WhatIsUnfinishedStaysClosedUnderAnotherName) {
    if (geteuid() != 0) GTEST_SKIP() << "closed only where the tree belongs to another user";
    constexpr uid_t kOther = 65534;
    ASSERT_EQ(chown(root_.c_str(), kOther, kOther), 0);
    const auto file = tree_.begin_file();
    file->append("another's");
    const std::string name = fs::directory_iterator(hidden())->path().filename();
    put("/f", "x");
    fs::rename(hidden(), root_ / "shown");
    for (const std::string& path : {std::string("/shown"), "/shown/" + name}) {
        EXPECT_EQ(problem([&] { tree_.status(path); }), FileProblem::kDenied) << path;
        EXPECT_EQ(problem([&] { tree_.open(path); }), FileProblem::kDenied) << path;
        EXPECT_EQ(problem([&] { tree_.list(path, 10); }), FileProblem::kDenied) << path;
    }
    EXPECT_EQ(problem([&] { tree_.remove("/shown/" + name, Recursive::kYes); }), FileProblem::kDenied);
    EXPECT_EQ(problem([&] { tree_.move("/shown/" + name, "/taken"); }), FileProblem::kDenied);
    EXPECT_EQ(names("/"), std::vector<std::string>{"/f"});
}

TEST_F(FileTreeTest, APipeIsNoFileAndHoldsNobody) {
    ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0666), 0);
    EXPECT_EQ(problem([&] { tree_.open("/pipe"); }), FileProblem::kNotAFile);
    EXPECT_EQ(tree_.status("/pipe").size, 0);
    EXPECT_TRUE(tree_.remove("/pipe", Recursive::kNo));
}

TEST_F(FileTreeTest, PagesHoldEveryNameOnceInOrder) {
    std::vector<std::string> expected;
    for (int i = 0; i < 25; ++i) {
        expected.push_back("/d/f" + std::to_string(100 + i * 7 % 25));
        put(expected.back(), "");
    }
    std::ranges::sort(expected);
    for (std::size_t size : {1u, 7u, 25u, 1000u}) {
        std::vector<std::string> found;
        std::string after;
        do {
            const api::FileTree::Page page = tree_.list_page("/d", after, size);
            EXPECT_LE(page.entries.size(), size);
            for (const auto& status : page.entries) found.push_back(status.path);
            after = page.next;
        } while (!after.empty());
        EXPECT_EQ(found, expected) << size;
    }
}

TEST_F(FileTreeTest, ATreeIsRemovedHoweverDeepItIs) {
    std::string deep;
    for (int i = 0; i < 1500; ++i) deep += "/d";  // more levels than a process may hold open
    tree_.make_folders(deep);
    put("/d/d/d/f", "x");
    EXPECT_TRUE(tree_.remove("/d", Recursive::kYes));
    EXPECT_FALSE(tree_.remove("/d", Recursive::kYes));
    EXPECT_TRUE(names("/").empty());
    EXPECT_TRUE(fs::is_empty(hidden()));
}

TEST_F(FileTreeTest, WhenTheDiskIsFullNothingHalfMadeStays) {
    const auto file = tree_.begin_file();
    file->append("begun");
    // What the kernel answers beyond the limit is EFBIG; a full disk takes the same way.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto failed = problem([&] { file->append(std::string(2000, 'x')); });
    const auto refused = problem([&] { put("/f", std::string(2000, 'x')); });
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(failed, FileProblem::kFull);
    EXPECT_EQ(refused, FileProblem::kFull);
    EXPECT_TRUE(names("/").empty());
    file->append(" again");  // a block that did not fit has left nothing of itself
    file->publish("/g", Overwrite::kNo);
    EXPECT_EQ(read("/g"), "begun again");
    EXPECT_TRUE(fs::is_empty(hidden()));
}

TEST_F(FileTreeTest, OfManyWhoMakeTheSameFileOneSucceeds) {
    put("/first", "");  // the sweep that is due at the start; this clock is no file system's
    std::atomic<int> made = 0;
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i)
        writers.emplace_back([&, i] {
            const auto failed = problem([&] { put("/deep/er/f", std::to_string(i)); });
            if (!failed)
                ++made;
            else
                EXPECT_EQ(failed, FileProblem::kExists);
        });
    writers.clear();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(read("/deep/er/f").size(), 1u);
}

TEST_F(FileTreeTest, WhatAKilledServerLeftIsSweptAndWhatIsUnderWayStays) {
    const auto under_way = tree_.begin_file();
    fs::create_directories(hidden() / "trash/sub");
    std::ofstream(hidden() / "old") << "left";
    clock_.advance(std::chrono::minutes(11));
    const auto now = fs::file_time_type::clock::from_sys(clock_.now());
    fs::last_write_time(hidden() / "old", now - std::chrono::minutes(61));
    fs::last_write_time(hidden() / under_way->name(), now - std::chrono::minutes(59));
    tree_.begin_file();
    EXPECT_FALSE(fs::exists(hidden() / "old"));
    EXPECT_FALSE(fs::exists(hidden() / "trash"));
    EXPECT_TRUE(fs::exists(hidden() / under_way->name()));
}

}  // namespace
}  // namespace stoker::test
