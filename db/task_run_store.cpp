#include "db/task_run_store.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "db/changes.h"
#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
/// jsonb holds no NUL, neither in names.
nlohmann::json storable_json(nlohmann::json value) {
    if (value.is_string()) return storable(std::string_view(value.get_ref<const std::string&>()));
    if (value.is_array()) {
        for (auto& item : value) item = storable_json(std::move(item));
    } else if (value.is_object()) {
        auto object = nlohmann::json::object();
        for (auto& [name, item] : value.items())
            object[storable(std::string_view(name))] = storable_json(std::move(item));
        return object;
    }
    return value;
}

ClaimedTaskRun claimed_row(const pqxx::row& row) {
    ClaimedTaskRun claimed;
    read_id(row["run_id"], claimed.run_id);
    read_id(row["job_run_id"], claimed.job_run_id);
    read_id(row["job_id"], claimed.job_id);
    claimed.task_key = text_of(row["task_key"]);
    claimed.attempt_number = row["attempt_number"].as<int>();
    claimed.lease_token = text_of(row["lease_token"]);
    claimed.definition = text_of(row["definition"]);
    claimed.overriding_parameters = text_of(row["overriding_parameters"]);
    claimed.job_parameters = text_of(row["job_parameters"]);
    claimed.job_tags = text_of(row["job_tags"]);
    claimed.run_as_user_name = text_of(row["run_as_user_name"]);
    claimed.kernel_token = text_of(row["kernel_token"]);
    claimed.timeout_seconds = row["timeout_seconds"].as<int>();
    claimed.job_start_time = number_of(row["job_start_time"]);
    claimed.reference_values = text_of(row["reference_values"]);
    claimed.git_source = text_of(row["git_source"]);
    claimed.git_commit = text_of(row["git_commit"]);
    claimed.source_path = text_of(row["source_path"]);
    claimed.source_object_type = text_of(row["source_object_type"]);
    if (!row["source_content"].is_null()) claimed.source_content = bytes_of(row["source_content"]);
    claimed.source_format = text_of(row["source_format"]);
    claimed.source_language = text_of(row["source_language"]);
    return claimed;
}

std::string leases_json(const std::vector<HeldLease>& leases) {
    auto list = nlohmann::json::array();
    for (const HeldLease& lease : leases)
        list.push_back({{"run_id", lease.run_id.value}, {"lease_token", lease.lease_token}, {"begun", lease.begun}});
    return list.dump();
}
}  // namespace

std::vector<ClaimedTaskRun> claim_task_runs(Transaction& tx, const WorkerId& worker_id, int limit, int lease_seconds) {
    std::vector<ClaimedTaskRun> claimed;
    for (const auto& row : tx.query("claim_task_runs", {worker_id, limit, lease_seconds}))
        claimed.push_back(claimed_row(row));
    return claimed;
}

std::vector<RunId> begin_task_runs(Transaction& tx, const std::vector<HeldLease>& leases) {
    return run_ids_of(tx.query("begin_task_runs", {leases_json(leases)})[0]["held"]);
}

HeartbeatResult heartbeat(Transaction& tx, const WorkerId& worker_id, const std::vector<HeldLease>& leases,
                          int lease_seconds) {
    auto rows = tx.query("heartbeat", {worker_id, leases_json(leases), lease_seconds});
    const auto row = rows[0];
    return {run_ids_of(row["lost"]), run_ids_of(row["cancelled"]), row["stop"].as<bool>()};
}

FinishResult finish_task_runs(Transaction& tx, const std::vector<TaskRunOutcome>& outcomes) {
    auto list = nlohmann::json::array();
    std::vector<std::optional<std::string>> results, errors, traces, logs, notebooks;
    for (const TaskRunOutcome& outcome : outcomes) {
        list.push_back({{"position", list.size() + 1},
                        {"run_id", outcome.run_id.value},
                        {"lease_token", outcome.lease_token},
                        {"life_cycle_state", outcome.life_cycle_state},
                        {"result_state", outcome.result_state},
                        {"state_message", storable(std::string_view(outcome.state_message))},
                        {"termination_code", outcome.termination_code},
                        {"termination_type", outcome.termination_type},
                        {"user_cancelled_or_timedout", outcome.user_cancelled_or_timedout},
                        {"retryable", outcome.retryable},
                        {"counts_against_limit", outcome.counts_against_limit},
                        {"setup_duration", outcome.setup_duration},
                        {"execution_duration", outcome.execution_duration},
                        {"cleanup_duration", outcome.cleanup_duration},
                        {"truncated", outcome.truncated},
                        {"logs_truncated", outcome.logs_truncated}});
        if (outcome.details) list.back()["details"] = storable_json(nlohmann::json::parse(*outcome.details));
        results.push_back(storable(outcome.result));
        errors.push_back(storable(outcome.error));
        traces.push_back(storable(outcome.error_trace));
        logs.push_back(storable(outcome.logs));
        notebooks.push_back(storable(outcome.notebook));
    }
    auto rows = tx.query("finish_task_runs", {list.dump(), Param::array(results), Param::array(errors),
                                              Param::array(traces), Param::array(logs), Param::array(notebooks)});
    FinishResult finished = changes_row(rows[0]);
    for (const std::string& held : texts_of(rows[0]["held"]))
        finished.outcomes.push_back(held == "t" ? FinishOutcome::kFinished : FinishOutcome::kLeaseLost);
    return finished;
}

FinishResult release_task_runs(Transaction& tx, const std::vector<HeldLease>& leases) {
    return changes_row(tx.query("release_task_runs", {leases_json(leases)})[0]);
}

ClaimedTaskRun begin_workflow_run(Transaction& tx, const HeldLease& parent, const std::string& notebook_path,
                                  const std::string& arguments_json, int timeout_seconds, int lease_seconds,
                                  CalledNotebook where) {
    auto rows = tx.query("begin_workflow_run",
                         {parent.run_id, parent.lease_token, notebook_path,
                          arguments_json.empty() ? "{}" : arguments_json, timeout_seconds, lease_seconds});
    if (rows.empty())
        throw ApiError(ErrorCode::kInvalidState, "Run " + to_string(parent.run_id) + " is over or is being cancelled.");
    ClaimedTaskRun child = claimed_row(rows[0]);
    // The caller's transaction rolls back: nothing of the child stays.
    if (!child.source_content && where == CalledNotebook::kInWorkspace)
        throw ApiError::path_does_not_exist(notebook_path);
    return child;
}

bool set_task_value(Transaction& tx, const HeldLease& lease, const std::string& key, const std::string& value) {
    return tx.query("set_task_value", {lease.run_id, lease.lease_token, key, value})[0]["held"].as<bool>();
}

std::optional<std::string> get_task_value(Transaction& tx, const HeldLease& lease, const std::string& task_key,
                                          const std::string& key) {
    return optional_text(tx.query("get_task_value", {lease.run_id, lease.lease_token, task_key, key})[0]["value"]);
}

FinishResult rescue_expired_leases(Transaction& tx, int limit) {
    return changes_row(tx.query("rescue_expired_leases", {limit})[0]);
}

FinishResult rescue_worker(Transaction& tx, const WorkerId& worker_id, const std::string& why) {
    return changes_row(tx.query("rescue_worker", {worker_id, storable(std::string_view(why))})[0]);
}

TimeoutResult time_out_runs(Transaction& tx, int limit) {
    auto rows = tx.query("time_out_runs", {limit});
    return {changes_row(rows[0]), run_ids_of(rows[0]["cancelled"])};
}

FinishResult admit_queued_runs(Transaction& tx) {
    return changes_row(tx.query("admit_queued_runs")[0]);
}

std::vector<ClusterId> clusters_with_ready_work(Transaction& tx) {
    return texts_of(tx.query("clusters_with_ready_work")[0]["ready_clusters"]);
}

}  // namespace stoker::db
