#include "db/control_store.h"

#include <nlohmann/json.hpp>

#include "db/changes.h"
#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
ControlTask control_task_row(const pqxx::row& row) {
    ControlTask task;
    read_id(row["run_id"], task.run_id);
    read_id(row["job_run_id"], task.job_run_id);
    read_id(row["job_id"], task.job_id);
    task.task_key = text_of(row["task_key"]);
    task.task_type = text_of(row["task_type"]);
    task.definition = text_of(row["definition"]);
    task.overriding_parameters = text_of(row["overriding_parameters"]);
    task.job_parameters = text_of(row["job_parameters"]);
    task.reference_values = text_of(row["reference_values"]);
    task.run_as_user_name = text_of(row["run_as_user_name"]);
    for (RunId id : run_ids_of(row["ancestor_jobs"])) task.ancestor_jobs.push_back(JobId{id.value});
    return task;
}
}  // namespace

std::vector<ControlTask> take_control_tasks(Transaction& tx, int limit) {
    std::vector<ControlTask> tasks;
    for (const auto& row : tx.query("take_control_tasks", {limit})) tasks.push_back(control_task_row(row));
    return tasks;
}

FinishResult finish_control_tasks(Transaction& tx, const std::vector<ControlOutcome>& outcomes) {
    auto list = nlohmann::json::array();
    for (const ControlOutcome& outcome : outcomes) {
        nlohmann::json item{{"run_id", outcome.run_id.value},
                            {"result_state", outcome.result_state},
                            {"state_message", storable(std::string_view(outcome.state_message))}};
        if (!outcome.outcome.empty()) item["outcome"] = outcome.outcome;
        if (!outcome.error.empty()) item["error"] = storable(std::string_view(outcome.error));
        if (!outcome.details.empty()) item["details"] = nlohmann::json::parse(outcome.details);
        list.push_back(std::move(item));
    }
    return changes_row(tx.query("finish_control_tasks", {list.dump()})[0]);
}

FinishResult begin_for_each(Transaction& tx, RunId run_id, const std::string& inputs, int concurrency) {
    return changes_row(tx.query("begin_for_each", {run_id, inputs, concurrency})[0]);
}

std::vector<EndedChildRun> ended_child_runs(Transaction& tx, int limit) {
    std::vector<EndedChildRun> ended;
    for (const auto& row : tx.query("ended_child_runs", {limit})) {
        EndedChildRun child;
        read_id(row["run_id"], child.run_id);
        read_id(row["child_run_id"], child.child_run_id);
        child.result_state = text_of(row["result_state"]);
        child.state_message = text_of(row["state_message"]);
        ended.push_back(std::move(child));
    }
    return ended;
}

std::vector<RunId> late_control_tasks(Transaction& tx, int limit) {
    return run_ids_of(tx.query("late_control_tasks", {limit})[0]["run_ids"]);
}

bool may_run_job(Transaction& tx, const std::string& user_name, JobId job_id) {
    return tx.query("may_run_job", {user_name, job_id})[0]["allowed"].as<bool>();
}

}  // namespace stoker::db
