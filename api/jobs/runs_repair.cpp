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
        authorize_run(tx, principal, action, found->run);
        db::RepairRequest repair = request;
        repair.kernel_token = sign_run_token(signing_key, {repair.run_id, found->run.run_as_user_name});
        if (!parameters.overriding_parameters.empty())
            repair.overriding_parameters = parameters.overriding_parameters.dump();
        if (!parameters.job_parameters.empty()) {
            const auto settings = nlohmann::json::parse(found->run.settings);
            repair.job_parameters = resolved_job_parameters(settings, parameters.job_parameters).dump();
        }
        db::RepairResult result = db::repair_run(tx, repair);
        if (result.outcome != db::RepairOutcome::kCreated) refuse(result, found->run);
        return result;
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
