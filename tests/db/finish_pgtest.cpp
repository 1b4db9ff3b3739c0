#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
using db::FinishOutcome;
class FinishTest : public RunQueueTest {};

TEST_F(FinishTest, WritesOutputAndEndsTheRun) {
    JobId job_id = create(job());
    RunId run_id = start(job_id);
    auto claimed = claim_one();
    auto outcome = success(claimed);
    outcome.result = std::string("gr\xC3\xBC\xC3\x9F\"\\{},\n\0end", 16);
    outcome.logs = "line\xFF";
    outcome.execution_duration = 5;
    auto finished = finish(outcome);
    EXPECT_EQ(finished.outcomes, std::vector{FinishOutcome::kFinished});
    EXPECT_EQ(finished.ended_runs, (std::vector{std::min(run_id, claimed.run_id), std::max(run_id, claimed.run_id)}));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(run(run_id).state_message, "");
    EXPECT_EQ(last_try(run_id, "only").execution_duration, 5);
    auto output_of = [&](RunId id) {
        return server.run_blocking([&](db::Transaction& tx) { return db::find_run(tx, id, true); })->output;
    };
    EXPECT_EQ(output_of(run_id)->result, output_of(claimed.run_id)->result);
    auto output = output_of(claimed.run_id).value();
    EXPECT_EQ(output.result,
              "gr\xC3\xBC\xC3\x9F\"\\{},\n\xEF\xBF\xBD"
              "end");
    EXPECT_EQ(output.logs, "line\xEF\xBF\xBD");
    EXPECT_EQ(output.error, std::nullopt);
    EXPECT_EQ(active_runs(job_id), 0);
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 0);
    EXPECT_EQ(sql.one("SELECT kernel_token FROM runs"), "");
    auto life = [&](db::Transaction& tx) { return db::run_life(tx, run_id); };
    EXPECT_EQ(server.run_blocking(life), db::RunLife::kEndedLately);
    sql.run("UPDATE runs SET end_time = end_time - 300001");
    EXPECT_EQ(server.run_blocking(life), db::RunLife::kOver);
}

TEST_F(FinishTest, AStaleLeaseChangesNothing) {
    RunId run_id = start(create(job()));
    auto old_claim = claim_one();
    expire_leases();
    rescue();
    auto new_claim = claim_one();
    ASSERT_EQ(new_claim.run_id, old_claim.run_id);
    EXPECT_FALSE(begin(old_claim));
    auto late = finish(failure(old_claim));
    EXPECT_EQ(late.outcomes, std::vector{FinishOutcome::kLeaseLost});
    EXPECT_TRUE(late.ended_runs.empty());
    EXPECT_EQ(state(run_id), "RUNNING");
    EXPECT_EQ(finish(success(new_claim)).outcomes, std::vector{FinishOutcome::kFinished});
    EXPECT_EQ(finish(success(new_claim)).outcomes, std::vector{FinishOutcome::kLeaseLost});
    EXPECT_EQ(sql.one("SELECT result FROM task_outputs"), "value");
}

TEST_F(FinishTest, ABatchAnswersInOrder) {
    JobId job_id = create(job());
    RunId a = start(job_id), b = start(job_id);
    auto claimed = claim(2);
    auto stale = success(claimed[0]);
    stale.lease_token = "00000000-0000-0000-0000-000000000000";
    auto finished = worker.run_blocking([&](db::Transaction& tx) {
        return db::finish_task_runs(tx, {stale, success(claimed[1])});
    });
    EXPECT_EQ(finished.outcomes, (std::vector{FinishOutcome::kLeaseLost, FinishOutcome::kFinished}));
    EXPECT_EQ(state(a), "RUNNING");
    EXPECT_EQ(state(b), "TERMINATED SUCCESS");
}

TEST_F(FinishTest, AFailedTaskMakesItsParentAnInternalError) {
    RunId run_id = start(create(job()));
    finish(failure(claim_one()));
    db::RunRow failed = run(run_id);
    EXPECT_EQ(state(failed), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(failed.state_message, "Task only failed with message: Workload failed, see run output for details.");
    EXPECT_EQ(failed.termination_code, "RUN_EXECUTION_ERROR");
    EXPECT_EQ(state(failed.tasks.at(0)), "TERMINATED FAILED");
}

TEST_F(FinishTest, AFlatRunEndsAsItsTaskDid) {
    db::NewJob flat = job();
    flat.format = "SINGLE_TASK";
    RunId run_id = start(create(flat));
    finish(failure(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED FAILED");
    EXPECT_EQ(run(run_id).state_message, "Workload failed, see run output for details");
}

TEST_F(FinishTest, RetriesAreNewTaskRunsUpToTheLimit) {
    auto stubborn = task("only");
    stubborn.max_retries = 2;
    RunId run_id = start(create(job({stubborn})));
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto claimed = claim_one();
        EXPECT_EQ(claimed.attempt_number, attempt);
        EXPECT_EQ(state(run_id), "RUNNING");
        finish(failure(claimed));
    }
    EXPECT_TRUE(claim().empty());
    auto all = tries(run_id, "only");
    ASSERT_EQ(all.size(), 3u);
    for (const auto& each : all) {
        EXPECT_EQ(state(each), "TERMINATED FAILED");
        EXPECT_EQ(each.original_attempt_run_id, all[0].run_id);
    }
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(FinishTest, ASuccessAfterARetryIsASuccess) {
    auto stubborn = task("only");
    stubborn.max_retries = -1;
    RunId run_id = start(create(job({stubborn})));
    for (int i = 0; i < 5; ++i) finish(failure(claim_one()));
    finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(tries(run_id, "only").size(), 6u);
}

TEST_F(FinishTest, ATimeoutIsRetriedOnlyWhenAskedFor) {
    for (bool retry : {false, true}) {
        auto slow = task("only");
        slow.max_retries = 1;
        slow.retry_on_timeout = retry;
        RunId run_id = start(create(job({slow})));
        auto outcome = failure(claim_one());
        outcome.result_state = "TIMEDOUT";
        finish(outcome);
        EXPECT_EQ(tries(run_id, "only").size(), retry ? 2u : 1u);
        EXPECT_EQ(state(run_id), retry ? "RUNNING" : "TERMINATED TIMEDOUT");
    }
}

TEST_F(FinishTest, TheRetryIntervalCountsFromTheStartOfTheFailedTry) {
    auto patient = task("only");
    patient.max_retries = 1;
    patient.min_retry_interval_millis = 3600000;
    RunId run_id = start(create(job({patient})));
    auto claimed = claim_one();
    finish(failure(claimed));
    EXPECT_EQ(state(last_try(run_id, "only")), "WAITING_FOR_RETRY");
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(sql.one("SELECT extract(epoch FROM q.ready_at) * 1000 - t.start_time = 3600000 FROM task_queue q "
                      "JOIN task_runs t ON t.run_id = " +
                      to_string(claimed.run_id)),
              "t");
    EXPECT_TRUE(server.run_blocking([](db::Transaction& tx) { return db::clusters_with_ready_work(tx); }).empty());
    sql.run("UPDATE task_queue SET ready_at = now()");
    EXPECT_EQ(server.run_blocking([](db::Transaction& tx) { return db::clusters_with_ready_work(tx); }),
              std::vector<ClusterId>{kCluster});
    EXPECT_EQ(state(last_try(run_id, "only")), "PENDING");
    EXPECT_EQ(claim_one().attempt_number, 1);
}

TEST_F(FinishTest, ATerminalTaskRunNeverChanges) {
    auto stubborn = task("only");
    stubborn.max_retries = 1;
    RunId run_id = start(create(job({stubborn})));
    finish(failure(claim_one()));
    std::string before = sql.one("SELECT t::text FROM task_runs t WHERE attempt_number = 0");
    finish(success(claim_one()));
    cancel(run_id);
    EXPECT_EQ(sql.one("SELECT t::text FROM task_runs t WHERE attempt_number = 0"), before);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

}  // namespace
}  // namespace stoker::test
