#include "tests/support/factories.h"

namespace stoker::test {
namespace {
std::string words(const std::string& life_cycle, const std::optional<std::string>& result) {
    return result ? life_cycle + " " + *result : life_cycle;
}
}  // namespace

db::JobTask task(const std::string& key, std::vector<std::string> depends_on) {
    db::JobTask made;
    made.task_key = key;
    made.definition = R"({"task_key":")" + key + R"(","notebook_task":{"notebook_path":"/Workspace/Shared/notebook"}})";
    made.depends_on = std::move(depends_on);
    made.existing_cluster_id = kCluster;
    made.source_path = "/Shared/notebook";
    return made;
}

RunQueueTest::RunQueueTest() {
    server.run_blocking([](db::Transaction& tx) {
        db::create_cluster(
            tx, {.cluster_id = kCluster, .cluster_name = "test", .spec = "{}", .creator_user_name = kUser}, 1);
    });
    worker.run_blocking([](db::Transaction& tx) {
        db::register_node(tx, {.node_id = "node-1", .host = "localhost", .cores = 2, .memory_mb = 1000});
        db::register_worker(tx, {kWorker, kCluster, "node-1", 1, true, ""}, {4});
        db::worker_is_ready(tx, kWorker, "{}");
    });
}

void RunQueueTest::TearDown() {
    EXPECT_EQ(sql.column("SELECT r.run_id FROM runs r WHERE r.unfinished_tasks <> "
                         "(SELECT count(*) FROM task_runs t WHERE t.job_run_id = r.run_id AND t.is_last_attempt "
                         " AND t.for_each_run_id IS NULL AND NOT is_terminal(t.life_cycle_state))"),
              std::vector<std::string>{});
    EXPECT_EQ(sql.column("SELECT t.run_id FROM task_runs t JOIN job_tasks j USING (job_id, job_version, position) "
                         "WHERE t.life_cycle_state = 'BLOCKED' AND t.unfinished_upstreams <> "
                         "(SELECT count(*) FROM task_runs u WHERE u.job_run_id = t.job_run_id AND u.is_last_attempt "
                         " AND u.task_key = ANY (j.depends_on) AND NOT is_terminal(u.life_cycle_state))"),
              std::vector<std::string>{});
    EXPECT_EQ(sql.column("SELECT j.job_id FROM jobs j, places_of_job(j.job_id) a WHERE a.active_runs <> "
                         "(SELECT count(*) FROM runs r WHERE r.job_id = a.job_id AND r.end_time = 0 "
                         " AND r.queue_reason IS NULL)"),
              std::vector<std::string>{});
}

db::NewJob RunQueueTest::job(std::vector<db::JobTask> tasks) const {
    db::NewJob made;
    made.name = "job";
    made.settings = R"({"name":"job"})";
    made.creator_user_name = kUser;
    made.run_as_user_name = kUser;
    made.max_concurrent_runs = 1000;
    made.tasks = std::move(tasks);
    return made;
}

JobId RunQueueTest::create(const db::NewJob& job) {
    return server.run_blocking([&](db::Transaction& tx) { return db::create_job(tx, job, 1); });
}

void RunQueueTest::change(JobId job_id, const db::NewJob& job) {
    server.run_blocking([&](db::Transaction& tx) {
        const auto now = db::find_job(tx, job_id);
        EXPECT_TRUE(db::change_job(tx, job_id, now.value().job_version, job));
    });
}

db::EnqueueRequest RunQueueTest::request(JobId job_id) {
    db::EnqueueRequest made;
    made.run_id = server.run_blocking([](db::Transaction& tx) { return db::allocate_run_ids(tx, 1).front(); });
    made.job_id = job_id;
    made.creator_user_name = kUser;
    return made;
}

db::EnqueueResult RunQueueTest::enqueue(const db::EnqueueRequest& request) {
    return enqueue(std::vector{request}).front();
}

std::vector<db::EnqueueResult> RunQueueTest::enqueue(const std::vector<db::EnqueueRequest>& requests) {
    return server.run_blocking([&](db::Transaction& tx) { return db::enqueue_runs(tx, requests); });
}

std::vector<db::ClaimedTaskRun> RunQueueTest::claim(int limit, const std::string& by) {
    return worker.run_blocking([&](db::Transaction& tx) { return db::claim_task_runs(tx, by, limit, kLeaseSeconds); });
}

db::ClaimedTaskRun RunQueueTest::claim_one() {
    auto claimed = claim(1);
    if (claimed.empty()) throw std::runtime_error("nothing to claim");
    return claimed.front();
}

db::HeldLease RunQueueTest::lease(const db::ClaimedTaskRun& claimed, bool begun) {
    return {claimed.run_id, claimed.lease_token, begun};
}

db::TaskRunOutcome RunQueueTest::success(const db::ClaimedTaskRun& claimed) {
    db::TaskRunOutcome outcome;
    outcome.run_id = claimed.run_id;
    outcome.lease_token = claimed.lease_token;
    outcome.life_cycle_state = "TERMINATED";
    outcome.result_state = "SUCCESS";
    outcome.termination_code = "SUCCESS";
    outcome.termination_type = "SUCCESS";
    outcome.result = "value";
    return outcome;
}

db::TaskRunOutcome RunQueueTest::failure(const db::ClaimedTaskRun& claimed) {
    db::TaskRunOutcome outcome = success(claimed);
    outcome.result_state = "FAILED";
    outcome.state_message = "Workload failed, see run output for details";
    outcome.termination_code = "RUN_EXECUTION_ERROR";
    outcome.termination_type = "CLIENT_ERROR";
    outcome.retryable = true;
    outcome.result = std::nullopt;
    outcome.error = "ValueError: no";
    return outcome;
}

db::FinishResult RunQueueTest::finish(const db::TaskRunOutcome& outcome) {
    return worker.run_blocking([&](db::Transaction& tx) { return db::finish_task_runs(tx, {outcome}); });
}

bool RunQueueTest::begin(const db::ClaimedTaskRun& claimed) {
    return !worker.run_blocking([&](db::Transaction& tx) { return db::begin_task_runs(tx, {lease(claimed)}); }).empty();
}

db::FinishResult RunQueueTest::rescue() {
    return server.run_blocking([](db::Transaction& tx) { return db::rescue_expired_leases(tx, 100); });
}

db::CancelResult RunQueueTest::cancel(RunId run_id) {
    return server.run_blocking([&](db::Transaction& tx) { return db::cancel_run(tx, run_id); });
}

db::RepairResult RunQueueTest::repair(RunId run_id, std::vector<std::string> rerun_tasks) {
    db::RepairRequest request;
    request.run_id = run_id;
    request.rerun_tasks = std::move(rerun_tasks);
    request.rerun_all_failed_tasks = request.rerun_tasks.empty();
    request.kernel_token = "token";
    return server.run_blocking([&](db::Transaction& tx) { return db::repair_run(tx, request); });
}

void RunQueueTest::expire_leases() {
    sql.run("UPDATE task_queue SET lease_expires_at = now() - interval '1 second' WHERE lease_token IS NOT NULL");
}

db::RunRow RunQueueTest::run(RunId run_id) {
    return server.run_blocking([&](db::Transaction& tx) { return db::find_run(tx, run_id); }).value().run;
}

std::vector<db::TaskRunRow> RunQueueTest::tries(RunId run_id, const std::string& task_key) {
    std::vector<db::TaskRunRow> found;
    for (auto& one : run(run_id).tasks)
        if (one.task_key == task_key) found.push_back(one);
    return found;
}

std::string RunQueueTest::state(const db::RunRow& run) {
    return words(run.life_cycle_state, run.result_state);
}
std::string RunQueueTest::state(const db::TaskRunRow& run) {
    return words(run.life_cycle_state, run.result_state);
}

int RunQueueTest::active_runs(JobId job_id) {
    return static_cast<int>(sql.number("SELECT active_runs FROM places_of_job(" + to_string(job_id) + ")"));
}

}  // namespace stoker::test
