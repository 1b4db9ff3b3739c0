#include "api/wire/run_json.h"

#include <algorithm>

#include "api/schema/tasks.h"
#include "api/wire/git_source.h"
#include "api/wire/job_settings.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "core/error.h"
#include "core/json_depth.h"
#include "core/run_state.h"
#include "core/value_references.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

bool is_terminal_name(const std::string& life_cycle_state) {
    const auto state = parse_life_cycle_state(life_cycle_state);
    return state && is_terminal(*state);
}

/// RunRow and TaskRunRow name these fields alike.
template <class Row>
Json state_of(const Row& row) {
    Json state{{"life_cycle_state", row.life_cycle_state},
               {"state_message", row.state_message},
               {"user_cancelled_or_timedout", row.user_cancelled_or_timedout}};
    if (row.result_state) state["result_state"] = *row.result_state;
    return state;
}

template <class Row>
Json status_of(const Row& row) {
    const auto state = parse_life_cycle_state(row.life_cycle_state);
    Json status{{"state", state ? status_state(*state) : std::string_view("PENDING")}};
    if (!is_terminal_name(row.life_cycle_state)) return status;
    const bool succeeded = row.result_state == "SUCCESS";
    status["termination_details"] = {{"code", row.termination_code.value_or(succeeded ? "SUCCESS" : "INTERNAL_ERROR")},
                                     {"type", row.termination_type.value_or(succeeded ? "SUCCESS" : "INTERNAL_ERROR")},
                                     {"message", row.state_message}};
    return status;
}

/// All of it, repairs included; 0 while it is active.
EpochMillis run_duration(const db::RunRow& run) {
    if (run.end_time == 0) return 0;
    const EpochMillis began = std::max(run.start_time, run.repaired_time);
    return run.earlier_duration + std::max<EpochMillis>(0, run.end_time - began);
}

std::string page_url(const RunView& view, JobId job_id, RunId run_id) {
    return view.external_url + "/?o=" + view.workspace_id + "#job/" + to_string(job_id) + "/run/" + to_string(run_id);
}

Json cluster_instance(const db::TaskRunRow& task) {
    return {{"cluster_id", task.cluster_id}, {"spark_context_id", std::to_string(task.spark_context_id)}};
}

void add_durations(Json& object, const db::TaskRunRow& task) {
    object["setup_duration"] = task.setup_duration;
    object["execution_duration"] = task.execution_duration;
    object["cleanup_duration"] = task.cleanup_duration;
}

/// What values of job parameters may refer to.
ValueReferences run_references(const db::RunRow& run, const RunView& view) {
    return ValueReferences(Json{{"job",
                                 {{"id", to_string(run.job_id)},
                                  {"name", run.run_name},
                                  {"run_id", to_string(run.run_id)},
                                  {"start_time", run.start_time},
                                  {"trigger_type", run.trigger}}},
                                {"workspace", {{"id", view.workspace_id}, {"url", view.external_url}}}});
}

Json job_parameters_json(const db::RunRow& run, const RunView& view) {
    Json parameters = Json::parse(run.job_parameters);
    for (Json& parameter : parameters) {
        if (!has_references(parameter.value("value", ""))) continue;
        try {
            parameter["value"] = run_references(run, view).resolve(parameter.value("value", ""));
        } catch (const UnresolvedReference&) {
            // Shown as it was given; the task that uses it says what is missing.
        }
    }
    return parameters;
}

Json common_json(const db::RunRow& run, const RunView& view) {
    Json object{{"job_id", run.job_id.value},
                {"run_id", run.run_id.value},
                {"number_in_job", run.run_id.value},
                {"job_run_id", run.run_id.value},
                {"original_attempt_run_id", run.run_id.value},
                {"creator_user_name", run.creator_user_name},
                {"run_name", run.run_name},
                {"run_type", run.run_type},
                {"trigger", run.trigger},
                {"run_page_url", page_url(view, run.job_id, run.run_id)},
                {"start_time", run.start_time},
                {"end_time", run.end_time},
                {"setup_duration", 0},
                {"execution_duration", 0},
                {"cleanup_duration", 0},
                {"queue_duration", run.queue_duration},
                {"run_duration", run_duration(run)},
                {"state", state_json(run, view.version)},
                {"status", status_json(run)}};
    if (!run.overriding_parameters.empty()) object["overriding_parameters"] = Json::parse(run.overriding_parameters);
    if (!run.job_parameters.empty()) object["job_parameters"] = job_parameters_json(run, view);
    if (run.parent_run_id && run.trigger == "RUN_JOB_TASK")
        object["trigger_info"] = {{"run_id", run.parent_run_id.value}};
    const Json settings = Json::parse(run.settings);
    if (settings.contains("description")) object["description"] = settings["description"];
    if (run.trigger == "PERIODIC" && settings.contains("schedule")) object["schedule"] = settings["schedule"];
    if (settings.contains("git_source")) object["git_source"] = git_source_json(settings["git_source"], run.git_commit);
    if (settings.contains("job_clusters")) object["job_clusters"] = settings["job_clusters"];
    return object;
}

/// The 2.0 shape of a run of flat settings: the task's type and cluster at the root, no tasks[].
void add_single_task(Json& object, const db::TaskRunRow& task) {
    const Json definition = Json::parse(task.definition);
    Json types = Json::object();
    Json cluster_spec = Json::object();
    for (const auto& [field, value] : definition.items()) {
        if (std::ranges::find(schema::task_types(), field) != schema::task_types().end()) types[field] = value;
        if (field == "existing_cluster_id" || field == "new_cluster" || field == "libraries")
            cluster_spec[field] = value;
    }
    object["task"] = std::move(types);
    object["cluster_spec"] = std::move(cluster_spec);
    if (!task.cluster_id.empty()) object["cluster_instance"] = cluster_instance(task);
    add_durations(object, task);
    object["attempt_number"] = task.attempt_number;
}

Json task_run_json(const db::RunRow& run, const db::TaskRunRow& task, const RunView& view) {
    Json object = common_json(run, view);
    object.erase("job_clusters");
    object["run_id"] = task.run_id.value;
    object["number_in_job"] = task.run_id.value;
    object["original_attempt_run_id"] = task.original_attempt_run_id.value;
    object["attempt_number"] = task.attempt_number;
    object["task_key"] = task.task_key;
    object["run_name"] = task.task_key;
    object["run_page_url"] = page_url(view, run.job_id, task.run_id);
    object["start_time"] = task.start_time;
    object["end_time"] = task.end_time;
    object["run_duration"] = task.setup_duration + task.execution_duration + task.cleanup_duration;
    object["state"] = state_of(task);
    object["status"] = status_of(task);
    add_durations(object, task);
    if (!task.cluster_id.empty()) object["cluster_instance"] = cluster_instance(task);
    if (view.version == ApiVersion::k20 && run.format == "SINGLE_TASK") {
        add_single_task(object, task);
    } else {
        object["format"] = "MULTI_TASK";
        object["tasks"] = Json::array({task_json(task, view)});
    }
    return object;
}
}  // namespace

Json task_json(const db::TaskRunRow& task, const RunView& view) {
    Json object = Json::parse(task.definition);
    if (!object.contains("run_if")) object["run_if"] = "ALL_SUCCESS";
    object["run_id"] = task.run_id.value;
    object["task_key"] = task.task_key;
    object["attempt_number"] = task.attempt_number;
    object["start_time"] = task.start_time;
    object["end_time"] = task.end_time;
    add_durations(object, task);
    object["run_duration"] = task.start_time == 0 || task.end_time == 0 ? 0 : task.end_time - task.start_time;
    object["state"] = state_of(task);
    object["status"] = status_of(task);
    object["run_page_url"] = page_url(view, task.job_id, task.run_id);
    if (!task.cluster_id.empty()) object["cluster_instance"] = cluster_instance(task);
    if (!task.outcome.empty()) object["condition_task"]["outcome"] = task.outcome;
    if (!task.stats.empty()) object["for_each_task"]["stats"] = Json::parse(task.stats);
    return object;
}

std::string depends_on(const RunView& view) {
    std::string key = std::to_string(static_cast<int>(view.version));
    key.append(" ").append(std::to_string(view.first_task));
    key.append(view.with_tasks ? " 1 " : " 0 ").append(view.external_url);
    return key;
}

Json state_json(const db::TaskRunRow& task) {
    return state_of(task);
}
Json status_json(const db::TaskRunRow& task) {
    return status_of(task);
}

Json state_json(const db::RunRow& run, ApiVersion version) {
    Json state = state_of(run);
    // With tasks[] beside it, the parent of a failed task ends INTERNAL_ERROR; waiters of the SDKs go by that.
    const bool shows_tasks = version != ApiVersion::k20 && run.format == "SINGLE_TASK";
    if (shows_tasks && run.life_cycle_state == "TERMINATED" && run.result_state == "FAILED")
        state["life_cycle_state"] = "INTERNAL_ERROR";
    if (run.life_cycle_state == "QUEUED") state["queue_reason"] = run.queue_reason.value_or("");
    return state;
}

Json status_json(const db::RunRow& run) {
    Json status = status_of(run);
    if (run.life_cycle_state == "QUEUED")
        status["queue_details"] = {{"code", "MAX_CONCURRENT_RUNS_REACHED"}, {"message", run.queue_reason.value_or("")}};
    return status;
}

Json run_json(const db::FoundRun& found, const RunView& view) {
    const db::RunRow& run = found.run;
    if (found.named_task) {
        for (const auto& task : run.tasks)
            if (task.run_id == *found.named_task) return task_run_json(run, task, view);
        throw ApiError::run_does_not_exist(*found.named_task);
    }
    Json object = common_json(run, view);
    if (view.version == ApiVersion::k20 && run.format == "SINGLE_TASK") {
        object.erase("job_clusters");
        if (!run.tasks.empty()) add_single_task(object, run.tasks.back());
        return object;
    }
    object["format"] = "MULTI_TASK";
    if (!view.with_tasks) {
        object.erase("job_clusters");
        return object;
    }
    if (view.version != ApiVersion::k22 && run.tasks.size() > kTaskPage) throw too_many_tasks(run.tasks.size());
    auto& tasks = object["tasks"] = Json::array();
    const std::size_t end = std::min(run.tasks.size(), view.first_task + kTaskPage);
    for (std::size_t i = view.first_task; i < end; ++i) tasks.push_back(task_json(run.tasks[i], view));
    const bool more = cut_pages(object, view.first_task, {"job_clusters", "job_parameters"});
    if (more || end < run.tasks.size()) object["next_page_token"] = offset_token(view.first_task + kTaskPage);
    return object;
}

const db::TaskRunRow* task_run_of_output(const db::FoundRun& found) {
    const auto& tasks = found.run.tasks;
    if (found.named_task) {
        auto named = std::ranges::find(tasks, *found.named_task, &db::TaskRunRow::run_id);
        return named == tasks.end() ? nullptr : &*named;
    }
    if (tasks.empty()) return nullptr;
    const bool several =
        std::ranges::any_of(tasks, [&](const auto& task) { return task.task_key != tasks.front().task_key; });
    if (!several) return &*std::ranges::max_element(tasks, {}, &db::TaskRunRow::run_id);
    std::string ids;
    for (const auto& task : tasks)
        if (task.is_last_attempt) ids += (ids.empty() ? "" : ", ") + task.task_key + ": " + to_string(task.run_id);
    throw ApiError::invalid_parameter(
        "Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each "
        "individual task run "
        "instead. Task runs: " +
        ids + ".");
}

Json output_details(const db::TaskOutputRow& output) {
    Json details = parse_shallow(output.details);
    return details.is_object() ? details : Json::object();
}

Json output_json(const db::TaskRunRow& task, const std::optional<db::TaskOutputRow>& output) {
    Json object = Json::object();
    if (!is_terminal_name(task.life_cycle_state)) return object;
    const Json definition = Json::parse(task.definition);
    const bool failed = task.result_state != "SUCCESS";
    if (definition.contains("notebook_task")) {
        Json notebook = Json::object();
        if (output && output->result) notebook["result"] = *output->result;
        if (!failed || (output && output->result)) notebook["truncated"] = output && output->truncated;
        object["notebook_output"] = std::move(notebook);
    }
    if (output && output->logs) {
        object["logs"] = *output->logs;
        object["logs_truncated"] = output->logs_truncated;
    }
    if (output) {
        Json details = output_details(*output);
        for (auto& [field, value] : details.items())
            if (field.ends_with("_output")) object[field] = std::move(value);
    }
    if (output && output->error)
        object["error"] = *output->error;
    else if (failed)
        object["error"] = task.state_message;  // it never came to an output: the cluster, a library, a cancel
    if (output && output->error_trace) object["error_trace"] = *output->error_trace;
    return object;
}

bool has_one_task(const db::FoundRun& found) {
    const auto& tasks = found.run.tasks;
    return !tasks.empty() &&
           std::ranges::all_of(tasks, [&](const auto& task) { return task.task_key == tasks.front().task_key; });
}

bool is_over(const db::FoundRun& found) {
    if (!found.named_task) return is_terminal_name(found.run.life_cycle_state);
    const db::TaskRunRow* task = task_run_of_output(found);
    return !task || is_terminal_name(task->life_cycle_state);
}

}  // namespace stoker::api
