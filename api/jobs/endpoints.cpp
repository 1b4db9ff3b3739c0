#include "api/jobs/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr Versions kAll = Versions::kFrom20To22;
constexpr std::array kEndpoints{
    Endpoint{"POST", "jobs/create", kAll, Action::kCreate, jobs::create},
    Endpoint{"GET", "jobs/get", kAll, Action::kRead, jobs::get},
    Endpoint{"GET", "jobs/list", kAll, Action::kList, jobs::list},
    Endpoint{"POST", "jobs/delete", kAll, Action::kManage, jobs::remove},
    Endpoint{"POST", "jobs/run-now", kAll, Action::kRun, jobs::run_now},
    Endpoint{"POST", "jobs/runs/submit", kAll, Action::kCreate, jobs::runs_submit},
    Endpoint{"GET", "jobs/runs/get", kAll, Action::kRead, jobs::runs_get},
    Endpoint{"GET", "jobs/runs/get-output", kAll, Action::kRead, jobs::runs_get_output},
    Endpoint{"GET", "jobs/runs/export", kAll, Action::kRead, jobs::runs_export},
    Endpoint{"GET", "jobs/runs/list", kAll, Action::kList, jobs::runs_list},
    Endpoint{"POST", "jobs/runs/cancel", kAll, Action::kRun, jobs::runs_cancel},
    Endpoint{"POST", "jobs/runs/delete", kAll, Action::kManage, jobs::runs_delete},
    Endpoint{"POST", "jobs/update", kAll, Action::kManage, jobs::update},
    Endpoint{"POST", "jobs/reset", kAll, Action::kManage, jobs::reset},
    Endpoint{"POST", "jobs/runs/cancel-all", kAll, Action::kRun, jobs::runs_cancel_all},
    Endpoint{"POST", "jobs/runs/repair", kAll, Action::kRun, jobs::runs_repair},
    Endpoint{"GET", "permissions/jobs/{job_id}", Versions::k20, Action::kRead, jobs::get_permissions},
    Endpoint{"PUT", "permissions/jobs/{job_id}", Versions::k20, Action::kManage, jobs::set_permissions},
    Endpoint{"PATCH", "permissions/jobs/{job_id}", Versions::k20, Action::kManage, jobs::update_permissions},
    Endpoint{"GET", "permissions/jobs/{job_id}/permissionLevels", Versions::k20, Action::kRead,
             jobs::permission_levels},
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/outputs", Versions::kNone, Action::kRead, jobs::runs_outputs},
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/events", Versions::kNone, Action::kRead, nullptr, jobs::runs_events},
    Endpoint{"POST", "/api/stoker/v1/jobs/{job_id}/run-batch", Versions::kNone, Action::kRun, jobs::run_batch},
};
}  // namespace

std::span<const Endpoint> job_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
