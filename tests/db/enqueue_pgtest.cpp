#include <thread>

#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
using db::EnqueueOutcome;
class EnqueueTest : public RunQueueTest {};

TEST_F(EnqueueTest, ARunBeginsPendingWithItsRootsReady) {
    JobId job_id = create(job({task("a"), task("b", {"a"})}));
    auto result = enqueue(request(job_id));
    EXPECT_EQ(result.outcome, EnqueueOutcome::kCreated);
    EXPECT_EQ(result.life_cycle_state, "PENDING");
    EXPECT_EQ(result.ready_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_EQ(state(last_try(result.run_id, "a")), "PENDING");
    EXPECT_EQ(state(last_try(result.run_id, "b")), "BLOCKED");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 1);
    EXPECT_EQ(active_runs(job_id), 1);
}

TEST_F(EnqueueTest, SixtyFourMixedRequestsAnswerEachForItself) {
    JobId good = create(job());
    JobId deleted = create(job());
    server.run_blocking([&](db::Transaction& tx) { return db::delete_job(tx, deleted); });
    db::NewJob limited = job();
    limited.max_concurrent_runs = 2;
    JobId full = create(limited);
    std::vector<db::EnqueueRequest> requests;
    for (int i = 0; i < 64; ++i) {
        JobId job_id = i % 4 == 0 ? good : i % 4 == 1 ? deleted : i % 4 == 2 ? full : JobId{999999};
        requests.push_back(request(job_id));
        if (i % 8 == 0) requests.back().idempotency_token = "token";
    }
    auto results = enqueue(requests);
    ASSERT_EQ(results.size(), 64u);
    int skipped = 0;
    for (int i = 0; i < 64; ++i) {
        const auto& result = results[static_cast<std::size_t>(i)];
        if (i % 4 == 1 || i % 4 == 3) {
            EXPECT_EQ(result.outcome, EnqueueOutcome::kJobDoesNotExist) << i;
        } else if (i % 8 == 0 && i > 0) {
            EXPECT_EQ(result.outcome, EnqueueOutcome::kDuplicate) << i;
            EXPECT_EQ(result.run_id, results[0].run_id);
        } else {
            EXPECT_EQ(result.outcome, EnqueueOutcome::kCreated) << i;
            EXPECT_EQ(result.run_id, requests[static_cast<std::size_t>(i)].run_id);
            skipped += result.life_cycle_state == "SKIPPED";
        }
    }
    EXPECT_EQ(skipped, 14);
    EXPECT_EQ(active_runs(full), 2);
    EXPECT_EQ(active_runs(good), 9);
}

TEST_F(EnqueueTest, AJobThatIsNotWhatTheCallerSawStartsNothing) {
    JobId job_id = create(job());
    auto stale = request(job_id);
    stale.job_version = 2;
    stale.idempotency_token = "token";
    auto current = request(job_id);
    current.job_version = 1;
    auto results = enqueue(std::vector{stale, current});
    EXPECT_EQ(results[0].outcome, EnqueueOutcome::kJobChanged);
    EXPECT_EQ(results[1].outcome, EnqueueOutcome::kCreated);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 1);
    EXPECT_EQ(sql.number("SELECT count(*) FROM idempotency_tokens"), 0);
    EXPECT_EQ(active_runs(job_id), 1);
}

TEST_F(EnqueueTest, OverTheLimitWithoutQueueIsSkipped) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    JobId job_id = create(limited);
    start(job_id);
    RunId second = start(job_id);
    db::RunRow skipped = run(second);
    EXPECT_EQ(state(skipped), "SKIPPED MAXIMUM_CONCURRENT_RUNS_REACHED");
    EXPECT_EQ(skipped.termination_code, "MAX_CONCURRENT_RUNS_EXCEEDED");
    EXPECT_GT(skipped.end_time, 0);
    EXPECT_EQ(state(skipped.tasks.at(0)), "SKIPPED MAXIMUM_CONCURRENT_RUNS_REACHED");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 1);
}

TEST_F(EnqueueTest, ALimitOfZeroSkipsAllEvenWithQueue) {
    db::NewJob closed = job();
    closed.max_concurrent_runs = 0;
    closed.queue_enabled = true;
    EXPECT_EQ(state(start(create(closed))), "SKIPPED MAXIMUM_CONCURRENT_RUNS_REACHED");
}

TEST_F(EnqueueTest, QueuedRunsAreAdmittedFirstComeFirstServed) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    std::vector<RunId> runs;
    for (int i = 0; i < 4; ++i) runs.push_back(start(job_id));
    EXPECT_EQ(state(runs[1]), "QUEUED");
    EXPECT_TRUE(run(runs[1]).queue_reason.has_value());
    EXPECT_EQ(run(runs[1]).termination_code, std::nullopt);
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 1);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        auto claimed = claim_one();
        EXPECT_EQ(claimed.job_run_id, runs[i]);
        EXPECT_EQ(active_runs(job_id), 1);
        auto finished = finish(success(claimed));
        EXPECT_EQ(finished.ready_clusters.size(), i + 1 < runs.size() ? 1u : 0u);
        EXPECT_EQ(run(runs[i]).queue_reason, std::nullopt);
    }
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(EnqueueTest, ARequestsOwnQueueSettingWins) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    JobId job_id = create(limited);
    start(job_id);
    auto queued = request(job_id);
    queued.queue_enabled = true;
    EXPECT_EQ(enqueue(queued).life_cycle_state, "QUEUED");
}

TEST_F(EnqueueTest, ATokenReturnsTheFirstRunAlsoOfADeletedJob) {
    JobId job_id = create(job());
    auto first = request(job_id), second = request(job_id);
    first.idempotency_token = second.idempotency_token = "once";
    RunId run_id = enqueue(first).run_id;
    server.run_blocking([&](db::Transaction& tx) { return db::delete_job(tx, job_id); });
    auto again = enqueue(second);
    EXPECT_EQ(again.outcome, EnqueueOutcome::kDuplicate);
    EXPECT_EQ(again.run_id, run_id);
}

TEST_F(EnqueueTest, ATokenIsHeldWhileAnotherTransactionDecidesOnIt) {
    JobId first_job = create(job()), second_job = create(job());
    auto first = request(first_job), second = request(second_job);
    first.idempotency_token = second.idempotency_token = "race";
    db::EnqueueResult late{};
    std::thread other;
    server.run_blocking([&](db::Transaction& tx) {
        db::enqueue_runs(tx, {first});
        other = std::thread([&] { late = enqueue(second); });
        // The other connection waits for this transaction's lock.
        while (sql.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                       "current_database()") == "0")
            std::this_thread::yield();
    });
    other.join();
    EXPECT_EQ(late.outcome, EnqueueOutcome::kDuplicate);
    EXPECT_EQ(late.run_id, first.run_id);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 1);
}

TEST_F(EnqueueTest, OnlyTheTasksAskedForRun) {
    JobId job_id = create(job({task("a"), task("b", {"a"}), task("c", {"b"})}));
    auto some = request(job_id);
    some.only = {"b", "c"};
    RunId run_id = enqueue(some).run_id;
    EXPECT_EQ(run(run_id).task_count, 2);
    EXPECT_EQ(state(last_try(run_id, "b")), "PENDING");
    EXPECT_EQ(state(last_try(run_id, "c")), "BLOCKED");
    finish(success(claim_one()));
    finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(EnqueueTest, JobClustersAreMadePerRunAndKey) {
    auto own = task("own"), one = task("one"), two = task("two");
    for (auto* each : {&own, &one, &two}) {
        each->existing_cluster_id.clear();
        each->new_cluster = R"({"num_workers":2})";
    }
    one.job_cluster_key = two.job_cluster_key = "shared";
    one.libraries = R"([{"pypi":{"package":"a"}}])";
    two.libraries = R"([{"pypi":{"package":"a"}},{"pypi":{"package":"b"}}])";
    JobId job_id = create(job({own, one, two}));
    auto result = enqueue(request(job_id));
    std::string prefix = "job-" + to_string(job_id) + "-run-" + to_string(result.run_id);
    EXPECT_EQ(result.started_clusters.size(), 2u);
    EXPECT_EQ(sql.column("SELECT cluster_name FROM clusters WHERE cluster_source = 'JOB' ORDER BY 1"),
              (std::vector{prefix + "-own", prefix + "-shared"}));
    EXPECT_EQ(sql.one("SELECT jsonb_array_length(libraries) FROM clusters WHERE job_cluster_key = 'shared'"), "2");
    EXPECT_EQ(sql.one("SELECT bool_and(cluster_id ~ '^[0-9]{4}-[0-9]{6}-[0-9a-f]{8}$') FROM clusters WHERE "
                      "cluster_source = 'JOB'"),
              "t");
    EXPECT_EQ(last_try(result.run_id, "one").cluster_id, last_try(result.run_id, "two").cluster_id);
    EXPECT_NE(last_try(result.run_id, "one").cluster_id, last_try(result.run_id, "own").cluster_id);
    const std::string message = run(result.run_id).state_message;
    EXPECT_TRUE(message.starts_with("Waiting for cluster \"" + prefix + "-own\" to start since ")) << message;
    EXPECT_TRUE(message.ends_with(" UTC: Starting the cluster")) << message;
    cancel(result.run_id);
    EXPECT_EQ(sql.number("SELECT count(*) FROM clusters WHERE cluster_source = 'JOB' AND state = 'TERMINATED'"), 2);
}

TEST_F(EnqueueTest, ATerminatedClusterIsStartedAgain) {
    sql.run("UPDATE clusters SET state = 'TERMINATED'");
    auto result = enqueue(request(create(job())));
    EXPECT_EQ(result.started_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_EQ(sql.one("SELECT state || generation FROM clusters"), "PENDING2");
    EXPECT_EQ(sql.one("SELECT type FROM cluster_events ORDER BY event_id DESC"), "STARTING");
    EXPECT_TRUE(claim().empty());
}

TEST_F(EnqueueTest, AMissingClusterFailsTheRunAtOnce) {
    auto lost = task("a");
    lost.existing_cluster_id = "gone";
    JobId job_id = create(job({lost, task("b", {"a"})}));
    RunId run_id = start(job_id);
    EXPECT_EQ(state(last_try(run_id, "a")), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(last_try(run_id, "a").state_message,
              "Run executed on existing cluster ID gone failed since the cluster does not exist.");
    EXPECT_EQ(state(last_try(run_id, "b")), "SKIPPED UPSTREAM_FAILED");
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(EnqueueTest, AClusterDeletedWhileItsStartWaitsFailsTheRun) {
    const JobId job_id = create(job());
    sql.run("UPDATE clusters SET state = 'TERMINATED'");
    Sql other(database.owner_dsn());
    other.run("BEGIN; UPDATE clusters SET deleted = true");
    RunId run_id;
    std::thread starting([&] { run_id = start(job_id); });
    while (sql.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                   "current_database()") == "0")
        std::this_thread::yield();
    other.run("COMMIT");
    starting.join();
    EXPECT_EQ(state(run(run_id)), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 0);
}

TEST_F(EnqueueTest, AChainOfQueuedRunsThatAllFailIsWorkedOff) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    for (int i = 0; i < 200; ++i) start(job_id);
    sql.run("UPDATE task_runs SET cluster_id = 'gone' WHERE run_id NOT IN (SELECT run_id FROM task_queue)");
    finish(success(claim_one()));
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE result_state = 'FAILED' AND queue_reason IS NULL"), 199);
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(EnqueueTest, TheCountOfAJobsRunsMovesToANewRowNowAndThen) {
    JobId job_id = create(job());
    for (int i = 0; i < 100; ++i) {
        start(job_id);
        finish(success(claim_one()));
    }
    // 200 changes, 64 a row: a look-up beside an old snapshot passes no more versions than that.
    EXPECT_EQ(sql.one("SELECT count(*) || ' ' || max(seq) || ' ' || max(changes) FROM job_places"), "1 4 8");
    EXPECT_EQ(active_runs(job_id), 0);
    EXPECT_EQ(sql.number("SELECT turn FROM job_places"), 100);
}

}  // namespace
}  // namespace stoker::test
