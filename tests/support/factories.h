#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "db/cluster_store.h"
#include "db/job_store.h"
#include "db/pool.h"
#include "db/repair_store.h"
#include "db/run_store.h"
#include "db/task_run_store.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {

inline constexpr const char* kUser = "ann@example.com";
inline constexpr const char* kCluster = "0101-000000-cluster1";
inline constexpr const char* kWorker = "worker-1";
inline constexpr int kLeaseSeconds = 60;

db::JobTask task(const std::string& key, std::vector<std::string> depends_on = {});

/// A database with a running cluster of one ready worker, and the verbs of the run queue.
class RunQueueTest : public testing::Test {
  protected:
    RunQueueTest();
    /// Whatever a test did: what the rows count down is what is left.
    void TearDown() override;

    db::NewJob job(std::vector<db::JobTask> tasks = {task("only")}) const;
    JobId create(const db::NewJob& job);
    /// The job's next version.
    void change(JobId job_id, const db::NewJob& job);
    db::EnqueueRequest request(JobId job_id);
    db::EnqueueResult enqueue(const db::EnqueueRequest& request);
    std::vector<db::EnqueueResult> enqueue(const std::vector<db::EnqueueRequest>& requests);
    RunId start(JobId job_id) { return enqueue(request(job_id)).run_id; }

    std::vector<db::ClaimedTaskRun> claim(int limit = 100, const std::string& worker = kWorker);
    db::ClaimedTaskRun claim_one();
    static db::HeldLease lease(const db::ClaimedTaskRun& claimed, bool begun = false);
    static db::TaskRunOutcome success(const db::ClaimedTaskRun& claimed);
    static db::TaskRunOutcome failure(const db::ClaimedTaskRun& claimed);  // of user code; retryable
    db::FinishResult finish(const db::TaskRunOutcome& outcome);
    bool begin(const db::ClaimedTaskRun& claimed);
    db::FinishResult rescue();
    db::CancelResult cancel(RunId run_id);
    /// Of the tasks that have failed, or of those that are named.
    db::RepairResult repair(RunId run_id, std::vector<std::string> rerun_tasks = {});
    /// All leases run out now.
    void expire_leases();

    db::RunRow run(RunId run_id);
    /// The task runs of a key, oldest attempt first.
    std::vector<db::TaskRunRow> tries(RunId run_id, const std::string& task_key);
    db::TaskRunRow last_try(RunId run_id, const std::string& task_key) { return tries(run_id, task_key).back(); }
    /// "TERMINATED SUCCESS", "PENDING".
    static std::string state(const db::RunRow& run);
    static std::string state(const db::TaskRunRow& run);
    std::string state(RunId run_id) { return state(run(run_id)); }
    int active_runs(JobId job_id);

    PgDatabase database;
    db::Pool server{database.server_dsn(), 2};
    db::Pool worker{database.worker_dsn(), 2};
    Sql sql{database.owner_dsn()};
};

}  // namespace stoker::test
