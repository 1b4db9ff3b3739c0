#include "api/jobs/endpoints.h"

#include <array>

#include "api/schema/jobs.h"
#include "api/schema/runs.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kAll = Versions::kFrom20To22;
constexpr std::array kEndpoints{
    Endpoint{"POST", "jobs/create", kAll, Action::kCreate, jobs::create}.with(
        Operation{"Creates a job.", &kJobSettings, &kCreatedJob}.checked_by_handler()),
    Endpoint{"GET", "jobs/get", kAll, Action::kRead, jobs::get}.with(
        {"One job, its tasks in pages of 100.", &kGetJob, &kJob}),
    Endpoint{"GET", "jobs/list", kAll, Action::kList, jobs::list}.with(
        {"The jobs that the caller may see, the newest first.", &kListJobs, &kJobList}),
    Endpoint{"POST", "jobs/delete", kAll, Action::kManage, jobs::remove}.with(
        {"Deletes a job. Its runs go on and stay.", &kJobId}),
    Endpoint{"POST", "jobs/run-now", kAll, Action::kRun, jobs::run_now}.with(
        Operation{"Begins a run of a job.", &kRunNow, &kStartedRun}.checked_by_handler().waiting()),
    Endpoint{"POST", "jobs/runs/submit", kAll, Action::kCreate, jobs::runs_submit}.with(
        Operation{"Begins a run that belongs to no job.", &kSubmitRun, &kStartedRun}.checked_by_handler().waiting()),
    Endpoint{"GET", "jobs/runs/get", kAll, Action::kRead, jobs::runs_get}.with(
        Operation{"A run, or a task run.", &kGetRun, &kRun}.waiting()),
    Endpoint{"GET", "jobs/runs/get-output", kAll, Action::kRead, jobs::runs_get_output}.with(
        Operation{"What a task run answered and printed.", &kRunId, &kRunOutput}.waiting()),
    Endpoint{"GET", "jobs/runs/export", kAll, Action::kRead, jobs::runs_export}.with(
        Operation{"The notebooks of a run as HTML.", &kExportRun, &kExportedRun}.waiting()),
    Endpoint{"GET", "jobs/runs/list", kAll, Action::kList, jobs::runs_list}.with(
        {"The runs that the caller may see, the newest first.", &kListRuns, &kRunList}),
    Endpoint{"POST", "jobs/runs/cancel", kAll, Action::kRun, jobs::runs_cancel}.with(
        {"Cancels a run, or a task run.", &kRunId}),
    Endpoint{"POST", "jobs/runs/delete", kAll, Action::kManage, jobs::runs_delete}.with(
        {"Deletes a run that is over.", &kRunId}),
    Endpoint{"POST", "jobs/update", kAll, Action::kManage, jobs::update}.with(
        {"Changes some settings of a job.", &kUpdateJob}),
    Endpoint{"POST", "jobs/reset", kAll, Action::kManage, jobs::reset}.with(
        {"Replaces the settings of a job.", &kResetJob}),
    Endpoint{"POST", "jobs/runs/cancel-all", kAll, Action::kRun, jobs::runs_cancel_all}.with(
        {"Cancels the active runs of a job, or all that are queued.", &kCancelAll}),
    Endpoint{"POST", "jobs/runs/repair", kAll, Action::kRun, jobs::runs_repair}.with(
        {"Runs tasks of a run again.", &kRepairRun, &kRepaired}),
    Endpoint{"GET", "permissions/jobs/{job_id}", Versions::k20, Action::kRead, jobs::get_permissions}.with(
        {"Who may do what with a job.", nullptr, &kPermissions}),
    Endpoint{"PUT", "permissions/jobs/{job_id}", Versions::k20, Action::kManage, jobs::set_permissions}.with(
        {"Replaces the permissions on a job.", &kSetPermissions, &kPermissions}),
    Endpoint{"PATCH", "permissions/jobs/{job_id}", Versions::k20, Action::kManage, jobs::update_permissions}.with(
        {"Adds to the permissions on a job.", &kSetPermissions, &kPermissions}),
    Endpoint{"GET", "permissions/jobs/{job_id}/permissionLevels", Versions::k20, Action::kRead, jobs::permission_levels}
        .with({"The levels that there are.", nullptr, &kPermissionLevels}),
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/outputs", Versions::kNone, Action::kRead, jobs::runs_outputs}.with(
        Operation{"The outputs of all tasks of a run, in pages of at most 100 and about 16 MB.", &kGetOutputs,
                  &kRunOutputs}
            .waiting()),
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/events", Versions::kNone, Action::kRead, nullptr, jobs::runs_events}
        .with(Operation{"States, log lines and cell outputs of a run as they come."}.giving(Content::kEvents)),
    Endpoint{"POST", "/api/stoker/v1/jobs/{job_id}/run-batch", Versions::kNone, Action::kRun, jobs::run_batch}.with(
        {"Begins many runs of a job, all or none.", &kRunBatch, &kStartedRuns}),
};
}  // namespace

std::span<const Endpoint> job_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
