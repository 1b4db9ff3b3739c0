#include <map>

#include "api/announce.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/run_reader.h"
#include "api/settings.h"
#include "api/wire/run_now.h"
#include "core/error.h"
#include "core/job_parameters.h"
#include "core/signed_token.h"
#include "db/job_store.h"
#include "db/listener.h"
#include "db/pool.h"
#include "db/repair_store.h"

namespace stoker::api::jobs {
namespace {
db::RepairRequest parse(const JsonReader& body) {
    db::RepairRequest repair;
    repair.run_id = RunId{body.integer("run_id")};
    repair.rerun_tasks = body.strings("rerun_tasks");
    repair.rerun_all_failed_tasks = body.boolean_or("rerun_all_failed_tasks", false);
    repair.rerun_dependent_tasks = body.boolean_or("rerun_dependent_tasks", false);
    repair.latest_repair_id = body.optional_int("latest_repair_id");
    if (repair.latest_repair_id == 0) repair.latest_repair_id.reset();
    if (repair.rerun_all_failed_tasks && !repair.rerun_tasks.empty())
        body.refuse("rerun_tasks", "cannot be combined with rerun_all_failed_tasks.");
    if (!repair.rerun_all_failed_tasks && repair.rerun_tasks.empty())
        body.refuse("rerun_tasks", "the field is required unless rerun_all_failed_tasks is true.");
    return repair;
}

[[noreturn]] void refuse(const db::RepairResult& result, const db::RunRow& run) {
    const std::string name = "Run " + to_string(run.run_id);
    switch (result.outcome) {
        case db::RepairOutcome::kActive:
            throw ApiError(ErrorCode::kInvalidState,
                           name + " is still active: only a run that is over can be repaired.");
        case db::RepairOutcome::kOtherRepair:
            throw ApiError::invalid_parameter(
                "latest_repair_id: The latest repair ID needs to be provided in order to create a new repair; " +
                (run.repair_id ? "it is " + std::to_string(run.repair_id) : "the run has not been repaired yet") + ".");
        case db::RepairOutcome::kUnknownTask:
            throw ApiError::invalid_parameter("rerun_tasks: '" + result.task_key + "' is not a task of the job.");
        case db::RepairOutcome::kNothingToRepair:
            throw ApiError::invalid_parameter("rerun_all_failed_tasks: no task of the run has failed.");
        case db::RepairOutcome::kJobDoesNotExist:
            throw ApiError::job_does_not_exist(run.job_id);
        default:
            throw ApiError::run_does_not_exist(run.run_id);
    }
}

/// The run's own values with those that were sent above them, and the newest settings' defaults for the rest.
nlohmann::json job_parameters(db::Transaction& tx, const db::RunRow& run, const ParameterSets& sent) {
    std::map<std::string, std::string> values(sent.job_parameters.begin(), sent.job_parameters.end());
    if (!run.job_parameters.empty())
        for (const auto& parameter : nlohmann::json::parse(run.job_parameters))
            values.emplace(parameter.value("name", ""), parameter.value("value", parameter.value("default", "")));
    // Of a submitted run there is only one version, its own.
    const auto job = db::find_job(tx, run.job_id);
    return resolved_job_parameters(nlohmann::json::parse(job ? job->settings : run.settings),
                                   {values.begin(), values.end()});
}

/// The same for the legacy sets: values by name are kept one by one, lists as a whole.
nlohmann::json overriding_parameters(const db::RunRow& run, const ParameterSets& sent) {
    auto sets =
        run.overriding_parameters.empty() ? nlohmann::json::object() : nlohmann::json::parse(run.overriding_parameters);
    sets.merge_patch(sent.overriding_parameters);
    return sets;
}

/// What the transaction needs, by value: it may run more than once.
struct Repair {
    db::RepairRequest request;
    ParameterSets parameters;
    Principal principal;
    Action action;
    std::string signing_key;

    db::RepairResult operator()(db::Transaction& tx) const {
        const auto found = db::find_run(tx, request.run_id);
        if (!found || found->named_task || found->run.run_type == "WORKFLOW_RUN")
            throw ApiError::run_does_not_exist(request.run_id);
        authorize_repair(tx, found->run);
        db::RepairRequest repair = request;
        repair.kernel_token = sign_run_token(signing_key, {repair.run_id, found->run.run_as_user_name});
        const auto sets = overriding_parameters(found->run, parameters);
        if (!sets.empty()) repair.overriding_parameters = sets.dump();
        const auto resolved = job_parameters(tx, found->run, parameters);
        if (!resolved.empty()) repair.job_parameters = resolved.dump();
        db::RepairResult result = db::repair_run(tx, repair);
        if (result.outcome != db::RepairOutcome::kCreated) refuse(result, found->run);
        return result;
    }

    /// A repair follows the job as it is now, and runs as whom it names now: so it takes the right to run that job.
    void authorize_repair(db::Transaction& tx, const db::RunRow& run) const {
        const auto job = run.run_type == "JOB_RUN" ? db::find_job(tx, run.job_id) : std::nullopt;
        if (job)
            authorize_job(tx, principal, action, *job);
        else
            authorize_run(tx, principal, action, run);
    }
};
}  // namespace

Answer runs_repair(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    Repair repair{parse(body), parse_parameter_sets(body), request.principal, request.endpoint->action,
                  services.settings.signing_key};
    db::RepairResult result = co_await services.pool.run(repair);
    // Every server forgets how the run had ended.
    services.runs.forget(repair.request.run_id);
    result.changes.ended_runs.push_back(repair.request.run_id);
    co_await announce(services, std::move(result.changes));
    co_return json_response({{"repair_id", result.repair_id}});
}

}  // namespace stoker::api::jobs
