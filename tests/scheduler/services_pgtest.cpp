#include <algorithm>

#include <gtest/gtest.h>

#include "scheduler/cluster_autoterminator.h"
#include "scheduler/lease_rescuer.h"
#include "scheduler/queue_admitter.h"
#include "scheduler/ready_sweeper.h"
#include "scheduler/run_pruner.h"
#include "scheduler/run_timeout.h"
#include "tests/support/factories.h"
#include "tests/support/manual_clock.h"

namespace stoker::scheduler {
namespace {

using namespace std::chrono_literals;

class ServicesTest : public test::RunQueueTest {
  protected:
    ServiceResult run_once(Service& service, EpochMillis now = 0) {
        return server.run_blocking(
            [&](db::Transaction& tx) { return service.run_once(tx, now ? now : clock.epoch_millis()); });
    }
    EpochMillis database_millis() {
        return sql.number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");
    }
    test::ManualClock clock;
};

TEST_F(ServicesTest, lease_rescuer_makes_what_had_not_begun_ready_again) {
    RunId run_id = start(create(job()));
    claim_one();
    LeaseRescuer rescuer;
    EXPECT_EQ(run_once(rescuer).done, 0) << "the lease still runs";
    expire_leases();
    ServiceResult result = run_once(rescuer);
    EXPECT_EQ(result.notices.ready, std::vector<std::string>{test::kCluster});
    EXPECT_EQ(claim_one().job_run_id, run_id);
}

TEST_F(ServicesTest, lease_rescuer_ends_what_had_begun) {
    RunId run_id = start(create(job()));
    db::ClaimedTaskRun claimed = claim_one();
    begin(claimed);
    expire_leases();
    LeaseRescuer rescuer;
    ServiceResult result = run_once(rescuer);
    EXPECT_NE(std::find(result.notices.runs.begin(), result.notices.runs.end(), to_string(run_id)),
              result.notices.runs.end());
    EXPECT_TRUE(state(run_id).starts_with("INTERNAL_ERROR")) << state(run_id);
}

TEST_F(ServicesTest, run_timeout_ends_a_run_past_its_deadline) {
    db::NewJob late = job();
    late.timeout_seconds = 3600;
    RunId run_id = start(create(late));
    RunTimeout timeout;
    EXPECT_EQ(run_once(timeout).done, 0);
    sql.run("UPDATE runs SET deadline_at = clock_timestamp() - interval '1 second'");
    EXPECT_GT(run_once(timeout).done, 0);
    EXPECT_EQ(state(run_id), "TERMINATED TIMEDOUT");
}

TEST_F(ServicesTest, run_timeout_asks_a_running_task_to_end) {
    db::NewJob late = job();
    late.timeout_seconds = 3600;
    start(create(late));
    db::ClaimedTaskRun claimed = claim_one();
    begin(claimed);
    sql.run("UPDATE runs SET deadline_at = clock_timestamp() - interval '1 second'");
    RunTimeout timeout;
    EXPECT_EQ(run_once(timeout).notices.cancel, std::vector<std::string>{to_string(claimed.run_id)});
}

TEST_F(ServicesTest, queue_admitter_fills_places_that_no_finish_left) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    start(job_id);
    RunId second = start(job_id), third = start(job_id), fourth = start(job_id);
    sql.run("UPDATE jobs SET max_concurrent_runs = 0");
    finish(success(claim_one()));
    QueueAdmitter admitter;
    EXPECT_EQ(run_once(admitter).done, 0) << "there is no place";
    EXPECT_EQ(state(second), "QUEUED");

    sql.run("UPDATE jobs SET max_concurrent_runs = 2");
    ServiceResult result = run_once(admitter);
    EXPECT_EQ(result.notices.ready, std::vector<std::string>{test::kCluster});
    EXPECT_EQ(state(second), "PENDING");
    EXPECT_EQ(state(third), "PENDING");
    EXPECT_EQ(state(fourth), "QUEUED");
    EXPECT_EQ(active_runs(job_id), 2);
    EXPECT_EQ(run_once(admitter).done, 0);
}

TEST_F(ServicesTest, queue_admitter_ends_runs_whose_cluster_is_gone) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    start(job_id);
    RunId second = start(job_id), third = start(job_id);
    sql.run("UPDATE jobs SET max_concurrent_runs = 0");
    finish(success(claim_one()));
    sql.run("UPDATE jobs SET max_concurrent_runs = 1; UPDATE clusters SET deleted = true");
    QueueAdmitter admitter;
    ServiceResult result = run_once(admitter);
    EXPECT_EQ(state(second), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(state(third), "INTERNAL_ERROR FAILED");
    EXPECT_NE(std::ranges::find(result.notices.runs, to_string(third)), result.notices.runs.end());
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(ServicesTest, ready_sweeper_tells_of_waiting_work_and_of_the_next_retry) {
    start(create(job()));
    ReadySweeper sweeper;
    ServiceResult result = run_once(sweeper);
    EXPECT_EQ(result.notices.ready, std::vector<std::string>{test::kCluster});
    EXPECT_FALSE(result.again_in);

    sql.run("UPDATE task_queue SET ready_at = clock_timestamp() + interval '500 milliseconds'");
    result = run_once(sweeper);
    EXPECT_TRUE(result.notices.ready.empty());
    ASSERT_TRUE(result.again_in);
    EXPECT_GT(*result.again_in, 0ms);
    EXPECT_LE(*result.again_in, 500ms);
}

TEST_F(ServicesTest, cluster_autoterminator_ends_idle_clusters_only) {
    sql.run("UPDATE clusters SET autotermination_minutes = 10, last_activity_time = 1");
    ClusterAutoterminator terminator;
    start(create(job()));
    EXPECT_TRUE(run_once(terminator, database_millis()).notices.clusters.empty()) << "work waits for it";
    finish(success(claim_one()));
    EXPECT_TRUE(run_once(terminator, database_millis()).notices.clusters.empty()) << "it has just worked";
    EXPECT_EQ(run_once(terminator, database_millis() + 11 * 60000).notices.clusters,
              std::vector<std::string>{test::kCluster});
    EXPECT_EQ(sql.one("SELECT state FROM clusters"), "TERMINATING");
}

TEST_F(ServicesTest, run_pruner_removes_old_ended_runs_with_all_that_is_theirs) {
    JobId job_id = create(job());
    db::EnqueueRequest old_request = request(job_id);
    old_request.idempotency_token = "once";
    RunId old_run = enqueue(old_request).run_id;
    finish(success(claim_one()));
    RunId young_run = start(job_id);
    finish(success(claim_one()));
    RunId open_run = start(job_id);
    sql.run("UPDATE runs SET end_time = 1000 WHERE run_id = " + to_string(old_run));

    RunPruner pruner(24h * 60);
    ServiceResult result = run_once(pruner, database_millis());
    EXPECT_EQ(result.done, 1);
    EXPECT_FALSE(result.again_in);
    EXPECT_EQ(sql.column("SELECT run_id FROM runs ORDER BY run_id"),
              (std::vector<std::string>{to_string(young_run), to_string(open_run)}));
    EXPECT_EQ(sql.one("SELECT count(*) FROM task_runs WHERE job_run_id = " + to_string(old_run)), "0");
    EXPECT_EQ(
        sql.one(
            "SELECT count(*) FROM task_outputs o WHERE NOT EXISTS (SELECT FROM task_runs t WHERE t.run_id = o.run_id)"),
        "0");
    EXPECT_EQ(sql.one("SELECT count(*) FROM idempotency_tokens"), "0");
    EXPECT_EQ(sql.one("SELECT count(*) FROM jobs"), "1");
}

TEST_F(ServicesTest, run_pruner_removes_versions_and_deleted_jobs_without_runs) {
    const JobId job_id = create(job());
    const RunId first = start(job_id);
    finish(success(claim_one()));
    change(job_id, job());
    change(job_id, job());
    const RunId third = start(job_id);
    finish(success(claim_one()));
    change(job_id, job());

    const std::string versions = "SELECT job_version FROM job_versions ORDER BY job_version";
    RunPruner pruner(24h * 60);
    EXPECT_EQ(run_once(pruner, database_millis()).done, 0);
    sql.run("UPDATE runs SET end_time = 1000 WHERE run_id = " + to_string(first));
    EXPECT_EQ(run_once(pruner, database_millis()).done, 1 + 2);
    EXPECT_EQ(sql.column(versions), (std::vector<std::string>{"3", "4"}));
    EXPECT_EQ(sql.column("SELECT DISTINCT job_version FROM job_tasks ORDER BY 1"), sql.column(versions));

    sql.run("UPDATE jobs SET deleted = true WHERE job_id = " + to_string(job_id));
    EXPECT_EQ(run_once(pruner, database_millis()).done, 0);
    sql.run("UPDATE runs SET end_time = 1000 WHERE run_id = " + to_string(third));
    run_once(pruner, database_millis());
    EXPECT_EQ(sql.number("SELECT count(*) FROM jobs"), 0);
    EXPECT_EQ(sql.number("SELECT count(*) FROM job_tasks"), 0);
}

TEST_F(ServicesTest, run_pruner_removes_submitted_runs_with_their_permissions) {
    db::NewJob hidden = job();
    hidden.kind = "SUBMIT";
    const std::string submitted = to_string(create(hidden)), saved = to_string(create(job()));
    start(JobId{std::stoll(submitted)});
    finish(success(claim_one()));
    for (const std::string& id : {submitted, saved})
        sql.run("INSERT INTO permissions VALUES ('jobs', '" + id + "', 'group_name', 'users', 'CAN_VIEW')");
    sql.run("UPDATE runs SET end_time = 1000");
    RunPruner pruner(24h * 60);
    run_once(pruner, database_millis());
    EXPECT_EQ(sql.column("SELECT job_id FROM jobs"), std::vector<std::string>{saved});
    EXPECT_EQ(sql.column("SELECT object_id FROM permissions"), std::vector<std::string>{saved});
}

TEST_F(ServicesTest, run_pruner_keeps_the_version_that_a_repaired_run_began_with) {
    const db::NewJob both = job({test::task("good"), test::task("bad")});
    const JobId job_id = create(both);
    const RunId run_id = start(job_id);
    for (const auto& claimed : claim()) finish(claimed.task_key == "bad" ? failure(claimed) : success(claimed));
    change(job_id, both);
    ASSERT_EQ(repair(run_id).outcome, db::RepairOutcome::kCreated);
    finish(success(claim_one()));

    RunPruner pruner(24h * 60);
    run_once(pruner, database_millis());
    EXPECT_EQ(sql.column("SELECT job_version FROM job_versions ORDER BY 1"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(tries(run_id, "good").size(), 1u);
    EXPECT_EQ(tries(run_id, "bad").size(), 2u);

    sql.run("UPDATE runs SET end_time = 1000");
    run_once(pruner, database_millis());
    EXPECT_EQ(sql.column("SELECT job_version FROM job_versions"), std::vector<std::string>{"2"});
}

TEST_F(ServicesTest, run_pruner_goes_on_while_batches_are_full) {
    sql.run(
        "INSERT INTO clusters (cluster_id, cluster_name, spec, state, cluster_source, creator_user_name, "
        "run_as_user_name, "
        "start_time, terminated_time) SELECT 'old-' || i, '', '{}', 'TERMINATED', 'JOB', '', '', 1, 1000 "
        "FROM generate_series(1, 250) AS i");
    RunPruner pruner(24h * 60);
    ServiceResult result = run_once(pruner, database_millis());
    EXPECT_EQ(result.done, 200);
    EXPECT_TRUE(result.again_in);
    result = run_once(pruner, database_millis());
    EXPECT_EQ(result.done, 50);
    EXPECT_EQ(sql.one("SELECT count(*) FROM clusters WHERE cluster_id = '" + std::string(test::kCluster) + "'"), "1");
}

}  // namespace
}  // namespace stoker::scheduler
