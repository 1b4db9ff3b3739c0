#include <fstream>

#include <gtest/gtest.h>

#include "clusters/worker_group.h"
#include "core/random.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

constexpr int kMemoryMb = 700;

/// A worker that is held to its limits by what this machine offers, as a node would.
class LimitsTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        launch_.worker_id = random_uuid();  // groups are the machine's, and other tests may run
        sql.run("UPDATE workers SET worker_id = '" + launch_.worker_id + "'");
        launch_.limits = {.memory_mb = kMemoryMb, .cores = 1};
        launch_.limits_by = clusters::WorkerGroup(launch_.worker_id).make(launch_.limits);
        if (!launch_.limits_by.empty()) return;
        launch_.limits_by = "rlimits";
        launch_.memory_mb = kMemoryMb;
    }
    void TearDown() override {
        const clusters::WorkerGroup group(launch_.worker_id);
        WorkerTest::TearDown();
        group.remove();
    }
};

TEST_F(LimitsTest, a_run_that_uses_up_the_workers_memory_ends_with_that_reason_and_others_live_on) {
    make_pipe("started");
    make_pipe("go");
    start_worker();
    const RunId other = run_notebook(
        "import os\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/started', 'w').write('1\\n')\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/go').read()\n"
        "dbutils.notebook.exit('lives')");
    read_pipe("started");
    const RunId greedy = run_notebook("data = bytearray(b'x') * (2 << 30)\ndbutils.notebook.exit(str(len(data)))");
    wait_for_end(greedy);
    EXPECT_EQ(state(last_try(greedy, "only")), "TERMINATED FAILED");
    if (launch_.limits_by == "rlimits")
        EXPECT_NE(error(greedy).find("MemoryError"), std::string::npos) << error(greedy);
    else
        EXPECT_NE(error(greedy).find("SIGKILL: out of memory, a worker of this node type has 700 MB."),
                  std::string::npos)
            << error(greedy);
    std::ofstream(shared_file("go")) << "go\n";
    wait_for_end(other);
    EXPECT_EQ(state(other), "TERMINATED SUCCESS");
    EXPECT_EQ(result(other), "lives");
    const RunId next = run_notebook("dbutils.notebook.exit('next')");
    wait_for_end(next);
    EXPECT_EQ(result(next), "next");
    EXPECT_EQ(sql.one("SELECT isolation #>> '{limits,by}' FROM workers"), launch_.limits_by);
    EXPECT_EQ(sql.one("SELECT isolation #>> '{limits,memory_mb}' FROM workers"), "700");
}

TEST_F(LimitsTest, all_that_the_worker_starts_is_in_its_group) {
    start_worker();
    const RunId run_id = run_notebook(
        "import subprocess\n"
        "dbutils.notebook.exit(subprocess.run(['cat', '/proc/self/cgroup'], capture_output=True, text=True).stdout)");
    wait_for_end(run_id);
    const std::string groups = result(run_id);
    if (launch_.limits_by == "cgroup v1") {
        EXPECT_NE(groups.find("memory:/stoker/" + launch_.worker_id), std::string::npos) << groups;
        EXPECT_NE(groups.find("cpu:/stoker/" + launch_.worker_id), std::string::npos) << groups;
    } else if (launch_.limits_by == "cgroup v2") {
        EXPECT_NE(groups.find("/stoker/" + launch_.worker_id), std::string::npos) << groups;
    } else {
        EXPECT_EQ(groups.find(launch_.worker_id), std::string::npos) << groups;
    }
}

TEST_F(LimitsTest, without_control_groups_runs_keep_to_so_many_cores) {
    launch_.limits_by = "rlimits";
    start_worker();
    const RunId run_id = run_notebook("import os\ndbutils.notebook.exit(str(len(os.sched_getaffinity(0))))");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "1");
}

}  // namespace
}  // namespace stoker::test
