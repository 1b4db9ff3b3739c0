#include "api/workspace/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"POST", "workspace/import", kVersions, Action::kManage, workspace::import_object},
    Endpoint{"GET", "workspace/export", kVersions, Action::kRead, workspace::export_object},
    Endpoint{"GET", "workspace/list", kVersions, Action::kList, workspace::list},
    Endpoint{"POST", "workspace/mkdirs", kVersions, Action::kCreate, workspace::mkdirs},
    Endpoint{"POST", "workspace/delete", kVersions, Action::kManage, workspace::remove},
    Endpoint{"GET", "workspace/get-status", kVersions, Action::kRead, workspace::get_status},
};
}  // namespace

std::span<const Endpoint> workspace_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
