#include "api/libraries/endpoints.h"

#include <array>

#include "api/schema/libraries.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr std::array kEndpoints{
    Endpoint{"POST", "libraries/install", Versions::k20, Action::kManage, libraries::install}.with(
        {"Installs libraries on a cluster: at once when it runs, else at its next start.", &kChangeLibraries}),
    Endpoint{"POST", "libraries/uninstall", Versions::k20, Action::kManage, libraries::uninstall}.with(
        {"Takes libraries from a cluster: at its next restart when it runs.", &kChangeLibraries}),
    Endpoint{"GET", "libraries/cluster-status", Versions::k20, Action::kRead, libraries::cluster_status}.with(
        {"How far the libraries of a cluster are.", &kLibrariesOfCluster, &kClusterLibraryStatuses}),
    Endpoint{"GET", "libraries/all-cluster-statuses", Versions::k20, Action::kList, libraries::all_cluster_statuses}
        .with({"The same of all clusters that the caller may see.", nullptr, &kAllLibraryStatuses}),
};
}  // namespace

std::span<const Endpoint> library_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
