#include "api/clusters/endpoints.h"

#include <array>

#include "api/schema/clusters.h"
#include "api/schema/common.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::kFrom20To21;
constexpr std::array kEndpoints{
    Endpoint{"POST", "clusters/create", kVersions, Action::kCreate, cluster::create}.with(
        {"Creates a cluster and starts it.", &kNewCluster, &kCreatedCluster}),
    Endpoint{"POST", "clusters/edit", kVersions, Action::kManage, cluster::edit}.with(
        {"Replaces the definition of a cluster.", &kEditCluster}),
    Endpoint{"GET", "clusters/get", kVersions, Action::kRead, cluster::get}.with(
        {"One cluster.", &kClusterId, &kClusterDetails}),
    Endpoint{"GET", "clusters/list", kVersions, Action::kList, cluster::list}.with(
        {"The clusters that the caller may see.", &kListClusters, &kClusterList}),
    Endpoint{"POST", "clusters/start", kVersions, Action::kManage, cluster::start}.with(
        {"Starts a terminated cluster.", &kClusterId}),
    Endpoint{"POST", "clusters/restart", kVersions, Action::kManage, cluster::restart}.with(
        {"Restarts a running cluster.", &kClusterId}),
    Endpoint{"POST", "clusters/delete", kVersions, Action::kManage, cluster::terminate}.with(
        {"Terminates a cluster.", &kClusterId}),
    Endpoint{"POST", "clusters/permanent-delete", kVersions, Action::kManage, cluster::permanent_delete}.with(
        {"Deletes a cluster for good.", &kClusterId}),
    Endpoint{"POST", "clusters/events", kVersions, Action::kRead, cluster::events}.with(
        {"What happened to a cluster.", &kClusterEventsQuery, &kClusterEvents}),
    Endpoint{"GET", "clusters/list-node-types", kVersions, Action::kList, cluster::list_node_types}.with(
        {"The node types: shares of this machine, and names of clouds.", nullptr, &kNodeTypes}),
    Endpoint{"GET", "clusters/spark-versions", kVersions, Action::kList, cluster::spark_versions}.with(
        {"The runtimes.", nullptr, &kSparkVersions}),
    Endpoint{"GET", "clusters/list-zones", kVersions, Action::kList, cluster::list_zones}.with(
        {"The zones.", nullptr, &kZones}),
};
}  // namespace

std::span<const Endpoint> cluster_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
