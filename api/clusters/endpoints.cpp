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
    Endpoint{"POST", "clusters/update", kVersions, Action::kManage, cluster::update}.with(
        {"Replaces fields of the definition of a cluster.", &kUpdateCluster}),
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
    Endpoint{"POST", "clusters/resize", kVersions, Action::kManage, cluster::resize}.with(
        {"Changes how many workers a running cluster has.", &kResizeCluster}),
    Endpoint{"POST", "clusters/change-owner", kVersions, Action::kManage, cluster::change_owner}.with(
        {"Gives a terminated cluster to another user. For admins.", &kChangeClusterOwner}),
    Endpoint{"POST", "clusters/pin", kVersions, Action::kManage, cluster::pin}.with(
        {"Keeps a cluster in the list, however long ago it ended. For admins.", &kClusterId}),
    Endpoint{"POST", "clusters/unpin", kVersions, Action::kManage, cluster::unpin}.with(
        {"Ends the keeping of a pinned cluster. For admins.", &kClusterId}),
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
