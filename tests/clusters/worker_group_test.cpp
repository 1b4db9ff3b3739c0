// What is written to which control group; that it holds, tests/workers/limits_pgtest.cpp sees. Folders stand for the
// hierarchies here, so that both versions are looked at whatever the machine has.
#include "clusters/worker_group.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/random.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

class WorkerGroupTest : public testing::Test {
  protected:
    ~WorkerGroupTest() override { fs::remove_all(mount); }

    /// As the system makes them in every group.
    void has_files(const std::string& group, const std::vector<std::string>& names) {
        fs::create_directories(mount / group);
        for (const std::string& name : names) std::ofstream(mount / group / name) << "";
    }
    std::string text(const std::string& file) {
        std::ifstream stream(mount / file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    const fs::path mount = fs::temp_directory_path() / ("stoker-groups-" + random_hex(4));
    const WorkerLimits limits{.memory_mb = 512, .cores = 3};
};

TEST_F(WorkerGroupTest, of_version_2) {
    has_files("", {"cgroup.controllers", "cgroup.procs"});
    has_files("stoker/w1", {"cgroup.procs"});
    has_files("stoker/w1/worker", {"cgroup.procs"});
    const WorkerGroup group("w1", mount);
    EXPECT_EQ(group.make(limits), "cgroup v2");
    EXPECT_EQ(text("stoker/w1/memory.max"), "536870912");
    EXPECT_EQ(text("stoker/w1/cpu.max"), "300000 100000");
    EXPECT_EQ(text("stoker/cgroup.subtree_control"), "+cpu +memory +pids");
    group.enter();
    EXPECT_EQ(text("stoker/w1/worker/cgroup.procs"), std::to_string(getpid()));
    std::ofstream(mount / "stoker/w1/memory.events") << "low 0\noom 3\noom_kill 2\n";
    EXPECT_EQ(group.oom_kills(), 2);
}

TEST_F(WorkerGroupTest, of_version_1) {
    has_files("memory", {"cgroup.procs"});
    has_files("cpu", {"cgroup.procs"});
    has_files("memory/stoker/w1", {"cgroup.procs"});
    has_files("cpu/stoker/w1", {"cgroup.procs"});
    const WorkerGroup group("w1", mount);
    EXPECT_EQ(group.make(limits), "cgroup v1");
    EXPECT_EQ(text("memory/stoker/w1/memory.limit_in_bytes"), "536870912");
    EXPECT_EQ(text("cpu/stoker/w1/cpu.cfs_quota_us"), "300000");
    group.enter();
    EXPECT_EQ(text("memory/stoker/w1/cgroup.procs"), std::to_string(getpid()));
    EXPECT_EQ(text("cpu/stoker/w1/cgroup.procs"), std::to_string(getpid()));
    std::ofstream(mount / "memory/stoker/w1/memory.oom_control") << "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n";
    EXPECT_EQ(group.oom_kills(), 1);
}

TEST_F(WorkerGroupTest, is_not_made_where_there_are_none_and_leaves_nothing) {
    const WorkerGroup group("w1", mount);
    EXPECT_EQ(group.make(limits), "");
    EXPECT_THROW(group.enter(), std::system_error);
    EXPECT_EQ(group.oom_kills(), 0);
    fs::create_directories(mount / "memory/stoker");
    EXPECT_EQ(group.make(limits), "");
    EXPECT_TRUE(fs::is_empty(mount / "memory/stoker"));
}

TEST_F(WorkerGroupTest, goes_with_the_groups_beneath_it) {
    fs::create_directories(mount / "memory/stoker/w1/k1");
    fs::create_directories(mount / "cpu/stoker/w1");
    WorkerGroup("w1", mount).remove();
    EXPECT_TRUE(fs::is_empty(mount / "memory/stoker"));
    EXPECT_TRUE(fs::is_empty(mount / "cpu/stoker"));
}

}  // namespace
}  // namespace stoker::clusters
