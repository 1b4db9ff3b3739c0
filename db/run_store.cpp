#include "db/run_store.h"

#include <unordered_map>

#include <nlohmann/json.hpp>

#include "db/enqueue_json.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
// Where the columns of find_runs begin.
constexpr pqxx::row_size_type kRunAt = 2, kTaskAt = kRunAt + 29, kOutputAt = kTaskAt + 26;

/// The columns of a row one after another, as the queries name them: a column asked for by its name is searched for
/// among all, for each row.
class Columns {
  public:
    explicit Columns(const pqxx::row& row) : row_(row) {}
    pqxx::field next() { return row_[at_++]; }

  private:
    const pqxx::row& row_;
    pqxx::row_size_type at_ = 0;
};

RunRow run_row(const pqxx::row& row) {
    Columns column(row);
    RunRow run;
    read_id(column.next(), run.run_id);
    read_id(column.next(), run.job_id);
    run.run_name = text_of(column.next());
    run.run_type = text_of(column.next());
    run.trigger = text_of(column.next());
    run.creator_user_name = text_of(column.next());
    run.run_as_user_name = text_of(column.next());
    run.format = text_of(column.next());
    run.settings = text_of(column.next());
    run.life_cycle_state = text_of(column.next());
    run.result_state = optional_text(column.next());
    run.state_message = text_of(column.next());
    run.queue_reason = optional_text(column.next());
    run.termination_code = optional_text(column.next());
    run.termination_type = optional_text(column.next());
    run.user_cancelled_or_timedout = column.next().as<bool>();
    run.start_time = number_of(column.next());
    run.end_time = number_of(column.next());
    run.queue_duration = number_of(column.next());
    run.overriding_parameters = text_of(column.next());
    run.job_parameters = text_of(column.next());
    run.task_count = column.next().as<int>();
    run.revision = column.next().as<int>();
    read_id(column.next(), run.parent_run_id);
    run.trigger_info = text_of(column.next());
    run.git_commit = text_of(column.next());
    run.repair_id = number_of(column.next());
    run.repaired_time = number_of(column.next());
    run.earlier_duration = number_of(column.next());
    return run;
}

TaskRunRow task_run_row(const pqxx::row& row) {
    Columns column(row);
    TaskRunRow task;
    read_id(column.next(), task.run_id);
    read_id(column.next(), task.job_run_id);
    read_id(column.next(), task.job_id);
    task.task_key = text_of(column.next());
    task.attempt_number = column.next().as<int>();
    read_id(column.next(), task.original_attempt_run_id);
    task.definition = text_of(column.next());
    task.cluster_id = text_of(column.next());
    task.spark_context_id = number_of(column.next());
    task.life_cycle_state = text_of(column.next());
    task.result_state = optional_text(column.next());
    task.state_message = text_of(column.next());
    task.termination_code = optional_text(column.next());
    task.termination_type = optional_text(column.next());
    task.user_cancelled_or_timedout = column.next().as<bool>();
    task.start_time = number_of(column.next());
    task.setup_duration = number_of(column.next());
    task.execution_duration = number_of(column.next());
    task.cleanup_duration = number_of(column.next());
    task.end_time = number_of(column.next());
    task.is_last_attempt = column.next().as<bool>();
    task.repair_id = number_of(column.next());
    read_id(column.next(), task.for_each_run_id);
    task.iteration = static_cast<int>(number_of(column.next()));
    task.outcome = text_of(column.next());
    task.stats = text_of(column.next());
    return task;
}

/// nullopt: the task run has none.
std::optional<TaskOutputRow> task_output_row(const pqxx::row& row) {
    Columns column(row);
    if (column.next().is_null()) return std::nullopt;
    return TaskOutputRow{optional_text(column.next()), column.next().as<bool>(),     optional_text(column.next()),
                         optional_text(column.next()), optional_text(column.next()), column.next().as<bool>(),
                         text_of(column.next())};
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
        const auto [entry, is_first] = found.try_emplace(asked);
        FoundRun& run = entry->second;
        if (is_first) run.run = run_row(run_columns);
        if (row[1].as<bool>()) run.named_task = asked;
        run.run.tasks.push_back(task_run_row(task_columns));
        if (auto output = task_output_row(row.slice(kOutputAt, row.size()))) run.output = std::move(output);
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
        outputs.push_back({task_run_row(row.slice(0, kOutputAt - kTaskAt)),
                           task_output_row(row.slice(kOutputAt - kTaskAt, row.size()))});
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
