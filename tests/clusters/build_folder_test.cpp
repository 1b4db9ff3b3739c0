#include "clusters/build_folder.h"

#include <atomic>
#include <barrier>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clusters/command.h"
#include "core/clock.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

class BuildFolderTest : public testing::Test {
  protected:
    BuildFolderTest() {
        char name[] = "/tmp/stoker-build-folder-XXXXXX";
        root = mkdtemp(name);
    }
    ~BuildFolderTest() override { remove_folder(root); }
    fs::path root;
};

TEST_F(BuildFolderTest, ten_equal_requests_build_once) {
    std::atomic<int> builds = 0;
    std::barrier together(10);
    std::vector<InUse> in_use(10);  // as clusters have it: for as long as they live
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 10; ++i)
            threads.emplace_back([&, i] {
                BuildFolder folder(root, "h");
                together.arrive_and_wait();
                in_use[i] = folder.make_once(
                    [&](const fs::path& path) {
                        ++builds;
                        std::ofstream(path / "file") << "x";
                        make_read_only(path);
                    },
                    {});
                EXPECT_TRUE(fs::exists(folder.path() / "file"));
            });
    }
    EXPECT_EQ(builds, 1);
}

TEST_F(BuildFolderTest, a_failure_leaves_nothing_and_the_next_one_builds) {
    BuildFolder folder(root, "h");
    EXPECT_THROW(folder.make_once(
                     [](const fs::path& path) {
                         std::ofstream(path / "half") << "x";
                         throw std::runtime_error("disk full");
                     },
                     {}),
                 std::runtime_error);
    EXPECT_FALSE(fs::exists(folder.path()));
    folder.make_once([](const fs::path& path) { EXPECT_TRUE(fs::is_empty(path)); }, {});
    EXPECT_TRUE(folder.ready());
}

TEST_F(BuildFolderTest, what_a_killed_maker_left_is_begun_anew) {
    pid_t maker = fork();
    if (maker == 0) {
        BuildFolder(root, "h").make_once(
            [](const fs::path& path) {
                std::ofstream(path / "half") << "x";
                kill(getpid(), SIGKILL);
            },
            {});
        _exit(1);
    }
    int status = 0;
    waitpid(maker, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(fs::exists(root / "h/half"));

    BuildFolder folder(root, "h");
    folder.make_once([](const fs::path& path) { EXPECT_FALSE(fs::exists(path / "half")); }, {});
    EXPECT_TRUE(folder.ready());
}

TEST_F(BuildFolderTest, unfinished_folders_are_removed_and_whole_ones_kept) {
    BuildFolder(root, "whole").make_once([](const fs::path&) {}, {});
    fs::create_directory(root / "half");
    EXPECT_EQ(remove_unfinished(root), std::vector<std::string>{"half"});
    EXPECT_TRUE(fs::exists(root / "whole"));
    EXPECT_FALSE(fs::exists(root / "half"));
}

TEST_F(BuildFolderTest, a_folder_being_made_is_no_leftover) {
    BuildFolder folder(root, "h");
    folder.make_once([&](const fs::path&) { EXPECT_TRUE(remove_unfinished(root).empty()); }, {});
    EXPECT_TRUE(folder.ready());
}

TEST_F(BuildFolderTest, waiting_for_another_maker_can_be_stopped) {
    std::stop_source stop;
    BuildFolder(root, "h").make_once(
        [&](const fs::path&) {
            std::jthread other([&] {
                EXPECT_THROW(BuildFolder(root, "h").make_once([](const fs::path&) {}, stop.get_token()), Stopped);
            });
            stop.request_stop();
        },
        {});
}

TEST_F(BuildFolderTest, what_nobody_has_used_for_long_is_removed_unless_it_is_in_use) {
    auto made = [&](const std::string& hash) { return BuildFolder(root, hash).make_once([](const fs::path&) {}, {}); };
    made("old");
    made("recent");
    InUse held = made("held");
    const auto hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const char* hash : {"old", "held"}) fs::last_write_time(root / hash / ".ready", hour_ago);
    const EpochMillis half_an_hour_ago = system_clock().epoch_millis() - 30 * 60 * 1000;
    EXPECT_EQ(remove_unused(root, half_an_hour_ago), std::vector<std::string>{"old"});
    EXPECT_FALSE(fs::exists(root / "old"));
    held.reset();
    EXPECT_TRUE(remove_unused(root, half_an_hour_ago).empty()) << "it was in use a moment ago";
    fs::last_write_time(root / "held/.ready", hour_ago);
    EXPECT_EQ(remove_unused(root, half_an_hour_ago), std::vector<std::string>{"held"});
    EXPECT_TRUE(fs::exists(root / "recent"));
}

TEST_F(BuildFolderTest, one_that_was_given_its_path_keeps_it_too) {
    BuildFolder folder(root, "h");
    folder.make_once([](const fs::path&) {}, {});
    const InUse held = hold_build_folder(folder.path());
    EXPECT_TRUE(remove_unused(root, system_clock().epoch_millis() + 1000).empty());
}

TEST_F(BuildFolderTest, one_that_is_used_again_after_its_removal_is_made_again) {
    BuildFolder folder(root, "h");
    int made = 0;
    auto make = [&](const fs::path&) { ++made; };
    folder.make_once(make, {});
    EXPECT_EQ(remove_unused(root, system_clock().epoch_millis() + 1000).size(), 1u);
    folder.make_once(make, {});
    EXPECT_EQ(made, 2);
}

TEST_F(BuildFolderTest, nothing_can_be_written_to_what_is_built) {
    BuildFolder folder(root, "h");
    folder.make_once(
        [](const fs::path& path) {
            fs::create_directory(path / "bin");
            std::ofstream(path / "bin/tool") << "x";
            fs::permissions(path / "bin/tool", fs::perms(0775));
            make_read_only(path);
        },
        {});
    for (const fs::path& path : {folder.path(), folder.path() / "bin", folder.path() / "bin/tool"})
        EXPECT_EQ(fs::status(path).permissions(), fs::perms(0555)) << path;
}

}  // namespace
}  // namespace stoker::clusters
