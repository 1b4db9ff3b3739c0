#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class CancelTest : public RunQueueTest {};

TEST_F(CancelTest, AWaitingRunEndsAtOnce) {
    JobId job_id = create(job({task("a"), task("b", {"a"})}));
    RunId run_id = start(job_id);
    auto cancelled = cancel(run_id);
    EXPECT_TRUE(cancelled.cancelled_task_runs.empty());
    EXPECT_EQ(cancelled.ended_runs.size(), 3u);
    db::RunRow ended = run(run_id);
    EXPECT_EQ(state(ended), "TERMINATED CANCELED");
    EXPECT_EQ(ended.state_message, "Run cancelled.");
    EXPECT_TRUE(ended.user_cancelled_or_timedout);
    EXPECT_EQ(state(last_try(run_id, "a")), "TERMINATED CANCELED");
    EXPECT_EQ(state(last_try(run_id, "b")), "SKIPPED UPSTREAM_CANCELED");
    EXPECT_EQ(active_runs(job_id), 0);
    EXPECT_TRUE(claim().empty());
}

TEST_F(CancelTest, ARunningTaskIsEndedByItsWorker) {
    RunId run_id = start(create(job()));
    auto claimed = claim_one();
    begin(claimed);
    EXPECT_EQ(cancel(run_id).cancelled_task_runs, std::vector{claimed.run_id});
    EXPECT_EQ(state(run_id), "TERMINATING");
    auto outcome = success(claimed);
    outcome.result_state = "CANCELED";
    outcome.state_message = "Run cancelled.";
    finish(outcome);
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
}

TEST_F(CancelTest, ACancelledRunIsNotRetried) {
    auto retried = task("only");
    retried.max_retries = -1;
    RunId run_id = start(create(job({retried})));
    auto claimed = claim_one();
    cancel(run_id);
    finish(failure(claimed));
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
    EXPECT_EQ(tries(run_id, "only").size(), 1u);
}

TEST_F(CancelTest, AQueuedRunEndsWithoutFreeingAPlace) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    RunId first = start(job_id), second = start(job_id), third = start(job_id);
    cancel(second);
    EXPECT_EQ(state(second), "TERMINATED CANCELED");
    EXPECT_EQ(state(third), "QUEUED");
    EXPECT_EQ(active_runs(job_id), 1);
    cancel(first);
    EXPECT_EQ(state(third), "PENDING");
}

TEST_F(CancelTest, AnEndedRunIsLeftAsItIs) {
    RunId run_id = start(create(job()));
    finish(success(claim_one()));
    EXPECT_TRUE(cancel(run_id).ended_runs.empty());
    EXPECT_TRUE(cancel(last_try(run_id, "only").run_id).ended_runs.empty());
    EXPECT_TRUE(cancel(RunId{1}).ended_runs.empty());
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(CancelTest, ARunPastItsDeadlineTimesOut) {
    db::NewJob slow = job({task("a"), task("b", {"a"})});
    slow.timeout_seconds = 3600;
    RunId run_id = start(create(slow));
    auto claimed = claim_one();
    auto time_out = [&] { return server.run_blocking([](db::Transaction& tx) { return db::time_out_runs(tx, 10); }); };
    EXPECT_TRUE(time_out().cancelled_task_runs.empty());
    sql.run("UPDATE runs SET deadline_at = now() - interval '1 second'");
    EXPECT_EQ(time_out().cancelled_task_runs, std::vector{claimed.run_id});
    EXPECT_TRUE(time_out().cancelled_task_runs.empty());
    auto outcome = success(claimed);
    outcome.result_state = "CANCELED";
    finish(outcome);
    EXPECT_EQ(state(last_try(run_id, "a")), "TERMINATED TIMEDOUT");
    EXPECT_EQ(state(run_id), "TERMINATED TIMEDOUT");
    EXPECT_TRUE(run(run_id).user_cancelled_or_timedout);
}

TEST_F(CancelTest, TheDeadlineOfAQueuedRunStartsWithItsAdmission) {
    db::NewJob slow = job();
    slow.timeout_seconds = 3600;
    slow.max_concurrent_runs = 1;
    slow.queue_enabled = true;
    JobId job_id = create(slow);
    start(job_id);
    RunId second = start(job_id);
    std::string hours =
        "SELECT round(extract(epoch FROM deadline_at - clock_timestamp()) / 3600) FROM runs WHERE run_id = " +
        to_string(second);
    EXPECT_EQ(sql.number(hours), 48);  // the longest that a run may wait
    finish(success(claim_one()));
    EXPECT_EQ(sql.number(hours), 1);
}

TEST_F(CancelTest, ARunThatIsQueuedForTooLongEnds) {
    db::NewJob full = job();
    full.max_concurrent_runs = 1;
    full.queue_enabled = true;
    JobId job_id = create(full);
    start(job_id);
    RunId second = start(job_id);
    sql.run("UPDATE runs SET deadline_at = now() - interval '1 s' WHERE run_id = " + to_string(second));
    server.run_blocking([](db::Transaction& tx) { db::time_out_runs(tx, 10); });
    EXPECT_EQ(state(second), "TERMINATED TIMEDOUT");
    EXPECT_EQ(active_runs(job_id), 1);
}

TEST_F(CancelTest, OnlyEndedRunsCanBeDeleted) {
    RunId run_id = start(create(job()));
    auto remove = [&](RunId id) {
        return server.run_blocking([&](db::Transaction& tx) { return db::delete_run(tx, id); });
    };
    EXPECT_EQ(remove(run_id), db::DeleteRunOutcome::kActive);
    cancel(run_id);
    EXPECT_EQ(remove(run_id), db::DeleteRunOutcome::kDeleted);
    EXPECT_EQ(remove(run_id), db::DeleteRunOutcome::kDoesNotExist);
}

}  // namespace
}  // namespace stoker::test
