#include "api/clusters/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr Versions kVersions = Versions::kFrom20To21;
constexpr std::array kEndpoints{
    Endpoint{"POST", "clusters/create", kVersions, Action::kCreate, cluster::create},
    Endpoint{"POST", "clusters/edit", kVersions, Action::kManage, cluster::edit},
    Endpoint{"GET", "clusters/get", kVersions, Action::kRead, cluster::get},
    Endpoint{"GET", "clusters/list", kVersions, Action::kList, cluster::list},
    Endpoint{"POST", "clusters/start", kVersions, Action::kManage, cluster::start},
    Endpoint{"POST", "clusters/restart", kVersions, Action::kManage, cluster::restart},
    Endpoint{"POST", "clusters/delete", kVersions, Action::kManage, cluster::terminate},
    Endpoint{"POST", "clusters/permanent-delete", kVersions, Action::kManage, cluster::permanent_delete},
    Endpoint{"POST", "clusters/events", kVersions, Action::kRead, cluster::events},
    Endpoint{"GET", "clusters/list-node-types", kVersions, Action::kList, cluster::list_node_types},
    Endpoint{"GET", "clusters/spark-versions", kVersions, Action::kList, cluster::spark_versions},
    Endpoint{"GET", "clusters/list-zones", kVersions, Action::kList, cluster::list_zones},
};
}  // namespace

std::span<const Endpoint> cluster_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
