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

    static std::vector<std::string> keys(int count) {
        std::vector<std::string> made;
        for (int i = 0; i < count; ++i) made.push_back(std::string("t").append(std::to_string(i)));
        return made;
    }
    static std::vector<db::JobTask> chain(int length) {
        std::vector<db::JobTask> tasks;
        for (const std::string& key : keys(length))
            tasks.push_back(tasks.empty() ? task(key) : task(key, {tasks.back().task_key}));
        return tasks;
    }
    /// All beside each other, and a last one that waits for them all.
    static std::vector<db::JobTask> fan(int width) {
        std::vector<db::JobTask> tasks;
        for (const std::string& key : keys(width)) tasks.push_back(task(key));
        tasks.push_back(task("end", keys(width)));
        return tasks;
    }

    /// How many task runs the database reads to finish this one with success.
    std::int64_t task_runs_read_to_finish(const db::ClaimedTaskRun& claimed) {
        const std::string outcome =
            "jsonb_build_object('position', 1, 'run_id', " + to_string(claimed.run_id) + ", 'lease_token', '" +
            claimed.lease_token +
            "', 'life_cycle_state', 'TERMINATED', 'result_state', 'SUCCESS', 'state_message', '', 'truncated', false, "
            "'user_cancelled_or_timedout', false, 'retryable', false, 'logs_truncated', false, 'setup_duration', 0, "
            "'execution_duration', 0, 'cleanup_duration', 0)";
        sql.run("BEGIN; SELECT finish_task_runs(jsonb_build_array(" + outcome +
                "), '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{NULL}')");
        const auto read = sql.number(
            "SELECT pg_stat_get_xact_tuples_returned(t) + pg_stat_get_xact_tuples_fetched(t) "
            "FROM CAST('task_runs'::regclass AS oid) AS t");
        sql.run("COMMIT");
        return read;
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
    RunId run_id = start(create(job(chain(100))));
    finish(failure(claim_one()));
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_runs WHERE result_state = 'UPSTREAM_FAILED'"), 99);
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(GraphTest, AThousandTasksInAChainRunToTheEnd) {
    RunId run_id = start(create(job(chain(1000))));
    for (int i = 0; i < 1000; ++i) finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(GraphTest, AFinishReadsWhatDependsOnItAndNotTheWholeRun) {
    start(create(job(chain(200))));
    finish(success(claim_one()));
    EXPECT_LT(task_runs_read_to_finish(claim_one()), 20);
    finish(success(claim_one()));
    start(create(job(fan(200))));
    const auto claimed = claim(100);
    finish(success(claimed[0]));
    EXPECT_LT(task_runs_read_to_finish(claimed[1]), 20);
}

TEST_F(GraphTest, AThousandTasksBesideEachOtherAreJoined) {
    RunId run_id = start(create(job(fan(1000))));
    for (const auto& claimed : claim(1000)) finish(success(claimed));
    finish(success(claim_task("end")));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
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
