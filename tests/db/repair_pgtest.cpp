#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class RepairTest : public RunQueueTest {
  protected:
    RunId failed_run(JobId job_id) {
        const RunId run_id = start(job_id);
        finish(failure(claim_one()));
        return run_id;
    }
    bool is_late(RunId run_id) {
        return sql.one("SELECT deadline_at < clock_timestamp() FROM runs WHERE run_id = " + to_string(run_id)) == "t";
    }
};

db::NewJob with_timeout(db::NewJob job, int seconds) {
    job.timeout_seconds = seconds;
    return job;
}

TEST_F(RepairTest, ATimeoutThatChangesCountsFromTheRepair) {
    const JobId job_id = create(job());
    const RunId run_id = failed_run(job_id);
    sql.run("UPDATE runs SET start_time = start_time - 7200000, end_time = end_time - 7200000");
    ASSERT_EQ(repair(run_id).outcome, db::RepairOutcome::kCreated);
    change(job_id, with_timeout(job(), 3600));
    EXPECT_FALSE(is_late(run_id));
    sql.run("UPDATE runs SET repaired_time = repaired_time - 7200000");
    change(job_id, with_timeout(job(), 3601));
    EXPECT_TRUE(is_late(run_id));
}

TEST_F(RepairTest, AChangeOfOtherSettingsMovesNoDeadline) {
    const JobId job_id = create(with_timeout(job(), 3600));
    const RunId run_id = start(job_id);
    const std::string deadline = "SELECT deadline_at FROM runs";
    sql.run("UPDATE runs SET deadline_at = '2100-01-01Z'");
    const std::string before = sql.one(deadline);
    change(job_id, with_timeout(job(), 3600));
    EXPECT_EQ(sql.one(deadline), before);
    change(job_id, with_timeout(job(), 60));
    EXPECT_NE(sql.one(deadline), before);
    change(job_id, job());
    EXPECT_EQ(sql.one(deadline), "");
    cancel(run_id);
}

TEST_F(RepairTest, AChangeThatWaitsForAFinishDoesNotHoldWhatTheFinishWaitsFor) {
    const JobId job_id = create(job());
    start(job_id);
    // As a finish does: the run's row, then the admission of its job.
    Sql finish(database.owner_dsn());
    finish.run("BEGIN; SELECT FROM runs FOR NO KEY UPDATE");
    auto changed = std::async(std::launch::async, [&] { change(job_id, with_timeout(job(), 60)); });
    while (sql.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) std::this_thread::yield();
    EXPECT_EQ(finish.failure("SELECT FROM job_admission FOR NO KEY UPDATE NOWAIT"), "");
    finish.run("COMMIT");
    changed.get();
    EXPECT_NE(sql.one("SELECT deadline_at FROM runs"), "");
}

/// Runs on a cluster of its own, which cannot be made: so its runs fail.
class RepairedClusterTest : public RepairTest {
  protected:
    db::NewJob own_cluster(const std::string& spec, const std::string& libraries) const {
        db::JobTask only = task("only");
        only.existing_cluster_id.clear();
        only.new_cluster = spec;
        only.libraries = libraries;
        return job({only});
    }
    RunId run_without_cluster(JobId job_id) {
        const RunId run_id = start(job_id);
        sql.run("SELECT cluster_failed(cluster_id, 'no', 'X') FROM task_runs WHERE job_run_id = " + to_string(run_id));
        EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
        return run_id;
    }
    std::string cluster(RunId run_id, const std::string& column) {
        return sql.one("SELECT " + column + " FROM clusters WHERE cluster_id = '" +
                       last_try(run_id, "only").cluster_id + "'");
    }
};

TEST_F(RepairedClusterTest, IsMadeAnewWhenItsDefinitionOrLibrariesHaveChanged) {
    const std::string spec = R"({"num_workers": 1})", libraries = R"([{"pypi": {"package": "a"}}])";
    struct Row {
        std::string spec, libraries;
        bool is_new;
    };
    const Row rows[] = {{spec, libraries, false},
                        {R"({"num_workers": 2})", libraries, true},
                        {spec, R"([{"pypi": {"package": "b"}}])", true}};
    for (const Row& row : rows) {
        const JobId job_id = create(own_cluster(spec, libraries));
        const RunId run_id = run_without_cluster(job_id);
        const ClusterId before = last_try(run_id, "only").cluster_id;
        change(job_id, own_cluster(row.spec, row.libraries));
        const auto repaired = repair(run_id);
        ASSERT_EQ(repaired.outcome, db::RepairOutcome::kCreated);
        const ClusterId after = last_try(run_id, "only").cluster_id;
        EXPECT_EQ(after != before, row.is_new) << row.spec << row.libraries;
        EXPECT_EQ(repaired.changes.changed_clusters, std::vector<ClusterId>{after});
        EXPECT_EQ(cluster(run_id, "state"), "PENDING");
        EXPECT_EQ(cluster(run_id, "spec"), row.spec);
        EXPECT_EQ(cluster(run_id, "libraries"), row.libraries);
        if (row.is_new) {
            EXPECT_EQ(sql.one("SELECT state FROM clusters WHERE cluster_id = '" + before + "'"), "TERMINATED");
        }
        cancel(run_id);
        EXPECT_EQ(cluster(run_id, "state"), "TERMINATED");
    }
}
}  // namespace
}  // namespace stoker::test
