#include "scheduler/control_tasks.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "core/json_depth.h"
#include "core/value_references.h"
#include "db/control_store.h"
#include "db/errors.h"
#include "db/job_store.h"
#include "db/run_store.h"
#include "db/savepoint.h"
#include "scheduler/condition.h"
#include "scheduler/own_run.h"

namespace stoker::scheduler {
namespace {
using Json = nlohmann::json;

constexpr int kBatch = 100;
constexpr std::size_t kMostIterations = 10'000;

/// Why a control task fails, in words for its owner.
class ControlFailure : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

db::ControlOutcome ended(RunId run_id, std::string result_state, std::string message = "") {
    db::ControlOutcome outcome;
    outcome.run_id = run_id;
    outcome.result_state = std::move(result_state);
    outcome.state_message = message;
    if (outcome.result_state == "FAILED") outcome.error = std::move(message);
    return outcome;
}

db::ControlOutcome refused(const db::ControlTask& task, const std::string& why) {
    spdlog::error("task could not be begun run_id={} task_type={} error=\"{}\"", task.run_id.value, task.task_type,
                  why);
    return ended(task.run_id, "FAILED", "The task could not be begun: " + why);
}

Json parsed(const std::string& text) {
    return text.empty() ? Json() : Json::parse(text);
}

/// What the task and its run's parameters may refer to; null: they refer to nothing.
Json references_of(const db::ControlTask& task, const ControlTasks::Settings& settings) {
    Json values = parsed(task.reference_values);
    if (!values.is_null()) values["workspace"] = {{"id", settings.workspace_id}, {"url", settings.workspace_url}};
    return values;
}

/// The part of the task that says what to do, its references resolved.
Json resolved(const db::ControlTask& task, const ControlTasks::Settings& settings) {
    Json part = Json::parse(task.definition).at(task.task_type);
    // What is repeated refers to its own input, and is resolved when it runs.
    Json nested;
    if (task.task_type == "for_each_task") nested = std::exchange(part["task"], Json());
    Json values = references_of(task, settings);
    if (!values.is_null()) part = ValueReferences(std::move(values)).resolve_all(part);
    return part;
}

db::ControlOutcome decide(const db::ControlTask& task, const Json& condition) {
    const std::string left = condition.value("left", ""), right = condition.value("right", "");
    const auto holds = compare(condition.value("op", ""), left, right);
    if (!holds)
        throw ControlFailure("The condition compares '" + left.substr(0, 100) + "' with '" + right.substr(0, 100) +
                             "' as numbers, and they are not both numbers.");
    db::ControlOutcome outcome = ended(task.run_id, "SUCCESS");
    outcome.outcome = *holds ? "true" : "false";
    return outcome;
}

db::FinishResult begin_iterations(db::Transaction& tx, const db::ControlTask& task, const Json& for_each) {
    const Json inputs = parse_shallow(for_each.value("inputs", ""));
    if (!inputs.is_array())
        throw ControlFailure("The inputs of the for-each are not a JSON array: " +
                             for_each.value("inputs", "").substr(0, 200));
    if (inputs.size() > kMostIterations)
        throw ControlFailure("The for-each has " + std::to_string(inputs.size()) + " inputs, more than " +
                             std::to_string(kMostIterations) + ".");
    return db::begin_for_each(tx, task.run_id, inputs.dump(), for_each.value("concurrency", 1));
}

/// The legacy parameter sets that the task hands on, as run-now takes them.
Json overriding_parameters(const Json& run_job) {
    Json sets = Json::object();
    for (const char* name : {"notebook_params", "jar_params", "python_params", "python_named_params",
                             "spark_submit_params", "sql_params", "dbt_commands"})
        if (run_job.contains(name) && !run_job[name].empty()) sets[name] = run_job[name];
    return sets;
}

/// The task's own, and above them the job parameters of the run that it belongs to.
std::vector<std::pair<std::string, std::string>> given_parameters(const db::ControlTask& task, const Json& run_job,
                                                                  const ControlTasks::Settings& settings) {
    Json given = run_job.value("job_parameters", Json::object());
    const Json of_run = parsed(task.job_parameters);
    const ValueReferences references(references_of(task, settings));
    for (const Json& parameter : of_run.is_array() ? of_run : Json::array())
        given[parameter.value("name", "")] =
            references.resolve(parameter.value("value", parameter.value("default", "")));
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& [name, value] : given.items())
        result.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    return result;
}

/// Of the job as it is when it is looked at: kJobChanged or kJobDoesNotExist when that is over meanwhile.
db::EnqueueResult enqueue_child_run(db::Transaction& tx, const db::ControlTask& task, const Json& run_job, JobId job_id,
                                    const ControlTasks::Settings& settings) {
    const auto job = db::find_job(tx, job_id);
    if (!job) throw ControlFailure("Job " + to_string(job_id) + " does not exist.");
    if (!db::may_run_job(tx, task.run_as_user_name, job_id))
        throw ControlFailure("User " + task.run_as_user_name + " does not have Run permission on job " +
                             to_string(job_id) + ".");
    if (std::ranges::find(task.ancestor_jobs, job_id) != task.ancestor_jobs.end())
        throw ControlFailure("Job " + to_string(job_id) + " would start itself again through its run-job tasks.");
    db::EnqueueRequest request = own_run(tx, *job, settings.signing_key, given_parameters(task, run_job, settings));
    request.creator_user_name = task.run_as_user_name;
    request.trigger = "RUN_JOB_TASK";
    request.parent_run_id = task.run_id;
    const Json sets = overriding_parameters(run_job);
    if (!sets.empty()) request.overriding_parameters = sets.dump();
    return db::enqueue_runs(tx, {request}).front();
}

db::EnqueueResult begin_child_run(db::Transaction& tx, const db::ControlTask& task, const Json& run_job,
                                  const ControlTasks::Settings& settings) {
    const JobId job_id{run_job.value("job_id", std::int64_t{0})};
    db::EnqueueResult begun = enqueue_child_run(tx, task, run_job, job_id, settings);
    // The first try has locked the job's admission, so that nobody changes it again. Of one that is gone this says so.
    if (begun.outcome != db::EnqueueOutcome::kCreated) begun = enqueue_child_run(tx, task, run_job, job_id, settings);
    return begun;
}

db::ControlOutcome outcome_of(const db::EndedChildRun& child) {
    const bool succeeded = child.result_state == "SUCCESS" || child.result_state == "SUCCESS_WITH_FAILURES";
    const bool cancelled = child.result_state == "CANCELED";
    db::ControlOutcome outcome =
        succeeded   ? ended(child.run_id, "SUCCESS")
        : cancelled ? ended(child.run_id, "CANCELED", "Run " + to_string(child.child_run_id) + " was cancelled.")
                    : ended(child.run_id, "FAILED",
                            "Run " + to_string(child.child_run_id) + " ended with " + child.result_state +
                                (child.state_message.empty() ? "" : ": " + child.state_message));
    outcome.details = Json{{"run_job_output", {{"run_id", child.child_run_id.value}}}}.dump();
    return outcome;
}

std::vector<db::ControlOutcome> ends_of_children(db::Transaction& tx) {
    std::vector<db::ControlOutcome> outcomes;
    for (const auto& child : db::ended_child_runs(tx, kBatch)) outcomes.push_back(outcome_of(child));
    return outcomes;
}

/// What they have begun is cancelled, and not waited for. That comes after their end: a for-each would end, as
/// cancelled, with the last of its iterations.
int end_late(db::Transaction& tx, Notices& notices) {
    const std::vector<RunId> late = db::late_control_tasks(tx, kBatch);
    if (late.empty()) return 0;
    std::vector<db::ControlOutcome> outcomes;
    for (RunId run_id : late) outcomes.push_back(ended(run_id, "TIMEDOUT", "Run timed out."));
    notices.add(db::finish_control_tasks(tx, outcomes));
    for (RunId run_id : late) {
        const db::CancelResult cancelled = db::cancel_run(tx, run_id);
        notices.add({{}, cancelled.ended_runs, cancelled.ready_clusters, cancelled.changed_clusters});
        for (RunId asked : cancelled.cancelled_task_runs) notices.cancel.push_back(to_string(asked));
    }
    return static_cast<int>(late.size());
}
}  // namespace

ServiceResult ControlTasks::run_once(db::Transaction& tx, EpochMillis) {
    ServiceResult result;
    // Each kind locks runs in order of their ids, so each has a transaction of its own.
    std::vector<db::ControlOutcome> outcomes = ends_of_children(tx);
    result.done = static_cast<int>(outcomes.size());
    if (outcomes.empty()) result.done = end_late(tx, result.notices);
    if (result.done == 0) {
        const auto taken = db::take_control_tasks(tx, kBatch);
        result.done = static_cast<int>(taken.size());
        for (const db::ControlTask& task : taken)
            if (auto outcome = do_one(tx, task, result.notices)) outcomes.push_back(std::move(*outcome));
    }
    if (!outcomes.empty()) result.notices.add(db::finish_control_tasks(tx, outcomes));
    if (result.done > 0) result.again_in = std::chrono::milliseconds(0);
    return result;
}

std::optional<db::ControlOutcome> ControlTasks::do_one(db::Transaction& tx, const db::ControlTask& task,
                                                       Notices& notices) const {
    try {
        const Json part = resolved(task, settings_);
        if (task.task_type == "condition_task") return decide(task, part);
        // A task that cannot be done must not keep the others of its batch from it.
        db::with_savepoint(tx, [&] {
            if (task.task_type == "for_each_task") {
                notices.add(begin_iterations(tx, task, part));
            } else {
                const auto begun = begin_child_run(tx, task, part, settings_);
                notices.add({{}, {}, begun.ready_clusters, begun.started_clusters});
            }
        });
        return std::nullopt;
    } catch (const ControlFailure& failure) {
        return ended(task.run_id, "FAILED", failure.what());
    } catch (const UnresolvedReference& failure) {
        return ended(task.run_id, "FAILED", failure.what());
    } catch (const db::Refused& failure) {
        return refused(task, failure.what());
    } catch (const Json::exception& failure) {
        return refused(task, failure.what());
    }
}

}  // namespace stoker::scheduler
