#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class GraphTest : public RunQueueTest {
  protected:
    db::ClaimedTaskRun claim_task(const std::string& key) {
        auto claimed = claim_one();
        EXPECT_EQ(claimed.task_key, key);
        return claimed;
    }
};

TEST_F(GraphTest, ADiamondRunsInItsOrder) {
    RunId run_id = start(
        create(job({task("top"), task("left", {"top"}), task("right", {"top"}), task("end", {"left", "right"})})));
    auto finished = finish(success(claim_task("top")));
    EXPECT_EQ(finished.ready_clusters, std::vector<ClusterId>{kCluster});
    auto middle = claim(4);
    ASSERT_EQ(middle.size(), 2u);
    finish(success(middle[1]));
    EXPECT_EQ(state(last_try(run_id, "end")), "BLOCKED");
    finish(success(middle[0]));
    finish(success(claim_task("end")));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(GraphTest, AFailureSkipsAllThatFollows) {
    RunId run_id = start(create(job({task("a"), task("b", {"a"}), task("c", {"b"}), task("free")})));
    auto claimed = claim(2);
    finish(failure(claimed[0]));
    EXPECT_EQ(state(last_try(run_id, "b")), "SKIPPED UPSTREAM_FAILED");
    EXPECT_EQ(state(last_try(run_id, "c")), "SKIPPED UPSTREAM_FAILED");
    EXPECT_EQ(state(run_id), "RUNNING");
    finish(success(claimed[1]));
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(run(run_id).state_message,
              "Task a failed with message: Workload failed, see run output for details."
              " This caused all downstream tasks to get skipped.");
}

TEST_F(GraphTest, DownstreamWaitsForTheRetry) {
    auto retried = task("a");
    retried.max_retries = 1;
    RunId run_id = start(create(job({retried, task("b", {"a"})})));
    finish(failure(claim_task("a")));
    EXPECT_EQ(state(last_try(run_id, "b")), "BLOCKED");
    finish(success(claim_task("a")));
    finish(success(claim_task("b")));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(GraphTest, ALongChainFailsToItsEnd) {
    std::vector<db::JobTask> tasks{task("t0")};
    for (int i = 1; i < 100; ++i) tasks.push_back(task("t" + std::to_string(i), {"t" + std::to_string(i - 1)}));
    RunId run_id = start(create(job(tasks)));
    finish(failure(claim_one()));
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_runs WHERE result_state = 'UPSTREAM_FAILED'"), 99);
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(GraphTest, ACancelledTaskCancelsWhatFollows) {
    RunId run_id = start(create(job({task("a"), task("b", {"a"})})));
    cancel(last_try(run_id, "a").run_id);
    EXPECT_EQ(state(last_try(run_id, "a")), "TERMINATED CANCELED");
    EXPECT_EQ(state(last_try(run_id, "b")), "SKIPPED UPSTREAM_CANCELED");
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
}

}  // namespace
}  // namespace stoker::test
