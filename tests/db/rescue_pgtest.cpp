#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class RescueTest : public RunQueueTest {};

TEST_F(RescueTest, ALeaseThatHoldsIsLeftAlone) {
    start(create(job()));
    begin(claim_one());
    EXPECT_TRUE(rescue().ended_runs.empty());
    EXPECT_TRUE(claim().empty());
}

TEST_F(RescueTest, UnbegunIsReadyAgainWithTheSameRunId) {
    RunId run_id = start(create(job()));
    auto first = claim_one();
    expire_leases();
    auto rescued = rescue();
    EXPECT_EQ(rescued.ready_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_TRUE(rescued.ended_runs.empty());
    auto second = claim_one();
    EXPECT_EQ(second.run_id, first.run_id);
    EXPECT_EQ(second.attempt_number, 0);
    EXPECT_EQ(state(run_id), "RUNNING");
}

TEST_F(RescueTest, BegunEndsAndWithoutRetriesTheRunWithIt) {
    RunId run_id = start(create(job()));
    auto claimed = claim_one();
    begin(claimed);
    expire_leases();
    rescue();
    auto lost = last_try(run_id, "only");
    EXPECT_EQ(state(lost), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(lost.termination_code, "DRIVER_ERROR");
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(finish(success(claimed)).outcomes.at(0), db::FinishOutcome::kLeaseLost);
}

TEST_F(RescueTest, LostTriesDoNotCountButThreeAreEnough) {
    auto retried = task("only");
    retried.max_retries = 1;
    RunId run_id = start(create(job({retried})));
    for (int loss = 0; loss < 3; ++loss) {
        begin(claim_one());
        expire_leases();
        EXPECT_EQ(rescue().ready_clusters.size(), 1u);
    }
    finish(failure(claim_one()));  // the one retry that max_retries allows
    auto last = claim_one();
    EXPECT_EQ(last.attempt_number, 4);
    begin(last);
    expire_leases();
    rescue();  // a fourth loss
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(tries(run_id, "only").size(), 5u);
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(RescueTest, ADeadWorkersLeasesAreRescuedAtOnce) {
    JobId job_id = create(job());
    RunId begun_run = start(job_id), unbegun_run = start(job_id);
    auto claimed = claim(2);
    begin(claimed[0]);
    auto rescued = worker.run_blocking([](db::Transaction& tx) { return db::rescue_worker(tx, kWorker); });
    EXPECT_EQ(rescued.ready_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_EQ(state(begun_run), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(state(last_try(unbegun_run, "only")), "PENDING");
}

TEST_F(RescueTest, ARunOfALostWorkerSaysWhatIsKnownOfItsEnd) {
    RunId run_id = start(create(job()));
    begin(claim_one());
    worker.run_blocking(
        [](db::Transaction& tx) { db::rescue_worker(tx, kWorker, "Slurm: job 17 ended as NODE_FAIL"); });
    EXPECT_EQ(
        sql.one("SELECT state_message FROM task_runs WHERE attempt_number = 0 AND job_run_id = " + to_string(run_id)),
        "The worker that ran this task was lost: Slurm: job 17 ended as NODE_FAIL.");
}

TEST_F(RescueTest, ACancelledRunOfALostWorkerEndsCancelled) {
    JobId job_id = create(job());
    RunId begun_run = start(job_id), unbegun_run = start(job_id);
    auto claimed = claim(2);
    begin(claimed[0]);
    cancel(begun_run);
    cancel(unbegun_run);
    expire_leases();
    rescue();
    EXPECT_EQ(state(begun_run), "TERMINATED CANCELED");
    EXPECT_EQ(state(unbegun_run), "TERMINATED CANCELED");
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(RescueTest, AWorkerThatWentSilentIsGoneOnceItHoldsNothing) {
    start(create(job()));
    claim_one();
    sql.run("UPDATE workers SET heartbeat_at = now() - interval '1 hour'");
    EXPECT_TRUE(rescue().changed_clusters.empty());
    expire_leases();
    EXPECT_EQ(rescue().changed_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_TRUE(claim().empty());
    auto beat = worker.run_blocking([](db::Transaction& tx) { return db::heartbeat(tx, kWorker, {}, kLeaseSeconds); });
    EXPECT_TRUE(beat.stop);
}

TEST_F(RescueTest, ANodeThatComesBackGivesUpItsOldWorkers) {
    RunId run_id = start(create(job()));
    begin(claim_one());
    worker.run_blocking([](db::Transaction& tx) { db::register_node(tx, {.node_id = "node-1", .host = "localhost"}); });
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(sql.one("SELECT state FROM workers"), "GONE");
}

TEST_F(RescueTest, ANodeThatComesBackKeepsTheWorkersThatHaveOutlivedIt) {
    RunId run_id = start(create(job()));
    begin(claim_one());
    worker.run_blocking(
        [](db::Transaction& tx) { db::register_node(tx, {.node_id = "node-1", .host = "localhost"}, {kWorker}); });
    EXPECT_EQ(state(run_id), "RUNNING");
    EXPECT_EQ(sql.one("SELECT state FROM workers"), "READY");
}

}  // namespace
}  // namespace stoker::test
