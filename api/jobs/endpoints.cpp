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
    Endpoint{"GET", "jobs/runs/list", kAll, Action::kList, jobs::runs_list},
    Endpoint{"POST", "jobs/runs/cancel", kAll, Action::kRun, jobs::runs_cancel},
    Endpoint{"POST", "jobs/runs/delete", kAll, Action::kManage, jobs::runs_delete},
};
}  // namespace

std::span<const Endpoint> job_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
