#include "db/run_store.h"

#include <unordered_map>

#include <nlohmann/json.hpp>

#include "db/enqueue_json.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
// Where the columns of find_runs begin.
constexpr pqxx::row_size_type kRunAt = 2, kTaskAt = kRunAt + 29, kOutputAt = kTaskAt + 26;

RunRow run_row(const pqxx::row& row) {
    RunRow run;
    read_id(row["run_id"], run.run_id);
    read_id(row["job_id"], run.job_id);
    run.run_name = text_of(row["run_name"]);
    run.run_type = text_of(row["run_type"]);
    run.trigger = text_of(row["trigger"]);
    run.creator_user_name = text_of(row["creator_user_name"]);
    run.run_as_user_name = text_of(row["run_as_user_name"]);
    run.format = text_of(row["format"]);
    run.settings = text_of(row["settings"]);
    run.life_cycle_state = text_of(row["life_cycle_state"]);
    run.result_state = optional_text(row["result_state"]);
    run.state_message = text_of(row["state_message"]);
    run.queue_reason = optional_text(row["queue_reason"]);
    run.termination_code = optional_text(row["termination_code"]);
    run.termination_type = optional_text(row["termination_type"]);
    run.user_cancelled_or_timedout = row["user_cancelled_or_timedout"].as<bool>();
    run.start_time = number_of(row["start_time"]);
    run.end_time = number_of(row["end_time"]);
    run.queue_duration = number_of(row["queue_duration"]);
    run.overriding_parameters = text_of(row["overriding_parameters"]);
    run.job_parameters = text_of(row["job_parameters"]);
    run.task_count = row["task_count"].as<int>();
    run.revision = row["revision"].as<int>();
    read_id(row["parent_run_id"], run.parent_run_id);
    run.trigger_info = text_of(row["trigger_info"]);
    run.git_commit = text_of(row["git_commit"]);
    run.repair_id = number_of(row["repair_id"]);
    run.repaired_time = number_of(row["repaired_time"]);
    run.earlier_duration = number_of(row["earlier_duration"]);
    return run;
}

TaskRunRow task_run_row(const pqxx::row& row) {
    TaskRunRow task;
    read_id(row["run_id"], task.run_id);
    read_id(row["job_run_id"], task.job_run_id);
    read_id(row["job_id"], task.job_id);
    task.task_key = text_of(row["task_key"]);
    task.attempt_number = row["attempt_number"].as<int>();
    read_id(row["original_attempt_run_id"], task.original_attempt_run_id);
    task.definition = text_of(row["definition"]);
    task.cluster_id = text_of(row["cluster_id"]);
    task.spark_context_id = number_of(row["spark_context_id"]);
    task.life_cycle_state = text_of(row["life_cycle_state"]);
    task.result_state = optional_text(row["result_state"]);
    task.state_message = text_of(row["state_message"]);
    task.termination_code = optional_text(row["termination_code"]);
    task.termination_type = optional_text(row["termination_type"]);
    task.user_cancelled_or_timedout = row["user_cancelled_or_timedout"].as<bool>();
    task.start_time = number_of(row["start_time"]);
    task.setup_duration = number_of(row["setup_duration"]);
    task.execution_duration = number_of(row["execution_duration"]);
    task.cleanup_duration = number_of(row["cleanup_duration"]);
    task.end_time = number_of(row["end_time"]);
    task.is_last_attempt = row["is_last_attempt"].as<bool>();
    task.repair_id = number_of(row["repair_id"]);
    read_id(row["for_each_run_id"], task.for_each_run_id);
    task.iteration = static_cast<int>(number_of(row["iteration"]));
    task.outcome = text_of(row["outcome"]);
    task.stats = text_of(row["stats"]);
    return task;
}

TaskOutputRow task_output_row(const pqxx::row& row) {
    return {optional_text(row["result"]), row["truncated"].as<bool>(),
            optional_text(row["error"]),  optional_text(row["error_trace"]),
            optional_text(row["logs"]),   row["logs_truncated"].as<bool>(),
            text_of(row["details"])};
}

CancelResult cancel_row(const pqxx::row& row) {
    return {run_ids_of(row["cancelled"]), run_ids_of(row["ended_runs"]), texts_of(row["ready_clusters"]),
            texts_of(row["changed_clusters"])};
}
}  // namespace

std::vector<RunId> allocate_run_ids(Transaction& tx, int count) {
    std::vector<RunId> ids;
    for (const auto& row : tx.query("allocate_run_ids", {count})) ids.push_back(RunId{number_of(row["run_id"])});
    return ids;
}

RunId hold_idempotency_token(Transaction& tx, const std::string& creator_user_name,
                             const std::string& idempotency_token, RunId run_id) {
    auto rows = tx.query("hold_idempotency_token", {creator_user_name, idempotency_token, run_id});
    return RunId{number_of(rows[0]["run_id"])};
}

std::vector<EnqueueResult> enqueue_runs(Transaction& tx, const std::vector<EnqueueRequest>& requests) {
    std::vector<EnqueueResult> results;
    for (const auto& row : tx.query("enqueue_runs", {enqueue_requests_json(requests)})) {
        EnqueueResult result{};
        result.outcome = enqueue_outcome(text_of(row["outcome"]));
        read_id(row["run_id"], result.run_id);
        result.life_cycle_state = text_of(row["life_cycle_state"]);
        result.ready_clusters = texts_of(row["ready_clusters"]);
        result.started_clusters = texts_of(row["started_clusters"]);
        results.push_back(std::move(result));
    }
    return results;
}

std::vector<std::optional<FoundRun>> find_runs(Transaction& tx, const std::vector<RunId>& run_ids,
                                               const std::vector<bool>& with_output) {
    std::vector<std::string> wanted;
    for (const bool want : with_output) wanted.push_back(want ? "t" : "f");
    std::unordered_map<RunId, FoundRun> found;  // by the id that was asked for
    for (const auto& row : tx.query("find_runs", {Param::array(run_ids), Param::array(wanted)})) {
        RunId asked;
        read_id(row[0], asked);
        const auto run_columns = row.slice(kRunAt, kTaskAt);
        const auto task_columns = row.slice(kTaskAt, kOutputAt);
        const auto output_columns = row.slice(kOutputAt, row.size());
        const auto [entry, is_first] = found.try_emplace(asked);
        FoundRun& run = entry->second;
        if (is_first) run.run = run_row(run_columns);
        if (row["is_named"].as<bool>()) run.named_task = asked;
        run.run.tasks.push_back(task_run_row(task_columns));
        if (!output_columns["output_run_id"].is_null()) run.output = task_output_row(output_columns);
    }
    std::vector<std::optional<FoundRun>> results;
    for (RunId run_id : run_ids) {
        const auto run = found.find(run_id);
        results.push_back(run == found.end() ? std::nullopt : std::optional(std::move(run->second)));
    }
    return results;
}

std::optional<FoundRun> find_run(Transaction& tx, RunId run_id, bool with_output) {
    return find_runs(tx, {run_id}, {with_output}).front();
}

std::optional<std::string> find_task_notebook(Transaction& tx, RunId task_run_id) {
    auto rows = tx.query("find_task_notebook", {task_run_id});
    if (rows.empty()) return std::nullopt;
    return optional_text(rows[0]["notebook"]);
}

std::vector<RunRow> list_runs(Transaction& tx, const RunFilter& filter) {
    nlohmann::json asked{{"max_rows", filter.limit},
                         {"skip", filter.offset},
                         {"active_only", filter.active_only},
                         {"completed_only", filter.completed_only}};
    if (filter.job_id) asked["job_id"] = filter.job_id->value;
    if (filter.run_type) asked["run_type"] = *filter.run_type;
    if (filter.start_time_from) asked["start_time_from"] = *filter.start_time_from;
    if (filter.start_time_to) asked["start_time_to"] = *filter.start_time_to;
    if (filter.before) asked["before"] = {filter.before->first, filter.before->second.value};
    if (filter.after) asked["after"] = {filter.after->first, filter.after->second.value};
    if (filter.visible_to) asked["visible_to"] = *filter.visible_to;
    std::vector<RunRow> runs;
    for (const auto& row : tx.query("list_runs", {asked.dump()})) runs.push_back(run_row(row));
    if (!filter.with_tasks || runs.empty()) return runs;

    std::vector<RunId> ids;
    std::unordered_map<RunId, RunRow*> by_id;
    for (RunRow& run : runs) {
        ids.push_back(run.run_id);
        by_id[run.run_id] = &run;
    }
    for (const auto& row : tx.query("find_task_runs", {Param::array(ids)})) {
        TaskRunRow task = task_run_row(row);
        by_id.at(task.job_run_id)->tasks.push_back(std::move(task));
    }
    return runs;
}

std::vector<TaskRunRow> find_iterations(Transaction& tx, const IterationPage& page) {
    std::vector<TaskRunRow> iterations;
    for (const auto& row :
         tx.query("find_iterations", {page.for_each_run_id, page.from_iteration, page.offset, page.limit}))
        iterations.push_back(task_run_row(row));
    return iterations;
}

std::vector<TaskOutput> find_outputs(Transaction& tx, RunId run_id, std::size_t offset, std::size_t limit) {
    std::vector<TaskOutput> outputs;
    for (const auto& row : tx.query("find_outputs", {run_id, offset, limit})) {
        TaskOutput output{task_run_row(row.slice(0, kOutputAt - kTaskAt)), std::nullopt};
        if (!row["output_run_id"].is_null()) output.output = task_output_row(row);
        outputs.push_back(std::move(output));
    }
    return outputs;
}

CancelResult cancel_run(Transaction& tx, RunId run_id) {
    return cancel_row(tx.query("cancel_run", {run_id})[0]);
}

CancelResult cancel_runs(Transaction& tx, const CancelFilter& filter) {
    return cancel_row(tx.query("cancel_runs", {filter.job_id, filter.only_queued, filter.limit, filter.before})[0]);
}

bool is_deleted_run(Transaction& tx, RunId run_id) {
    return !tx.query("run_is_deleted", {run_id}).empty();
}

DeleteRunOutcome delete_run(Transaction& tx, RunId run_id) {
    if (!tx.query("delete_run", {run_id}).empty()) return DeleteRunOutcome::kDeleted;
    return tx.query("run_exists", {run_id}).empty() ? DeleteRunOutcome::kDoesNotExist : DeleteRunOutcome::kActive;
}

QueueCounts count_queue(Transaction& tx) {
    const auto row = tx.query("count_queue")[0];
    return {number_of(row["ready"]), number_of(row["leased"])};
}

RunLife run_life(Transaction& tx, RunId run_id) {
    auto rows = tx.query("run_exists", {run_id});
    if (rows.empty()) return RunLife::kOver;
    if (rows[0]["alive"].as<bool>()) return RunLife::kAlive;
    return rows[0]["ended_lately"].as<bool>() ? RunLife::kEndedLately : RunLife::kOver;
}

}  // namespace stoker::db
