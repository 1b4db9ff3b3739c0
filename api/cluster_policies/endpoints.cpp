#include "api/cluster_policies/endpoints.h"

#include <array>

#include "api/schema/cluster_policies.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr std::array kEndpoints{
    Endpoint{"POST", "policies/clusters/create", Versions::k20, Action::kManage, cluster_policy::create}.with(
        {"Creates a cluster policy. For admins.", &kNewClusterPolicy, &kClusterPolicyId}),
    Endpoint{"POST", "policies/clusters/edit", Versions::k20, Action::kManage, cluster_policy::edit}.with(
        {"Replaces a cluster policy; clusters of it keep what they have. For admins.", &kEditClusterPolicy}),
    Endpoint{"POST", "policies/clusters/delete", Versions::k20, Action::kManage, cluster_policy::remove}.with(
        {"Deletes a cluster policy; clusters of it go on, and can be edited with another policy only. For admins.",
         &kClusterPolicyId}),
    Endpoint{"GET", "policies/clusters/get", Versions::k20, Action::kRead, cluster_policy::get}.with(
        {"One cluster policy.", &kClusterPolicyId, &kClusterPolicy}),
    Endpoint{"GET", "policies/clusters/list", Versions::k20, Action::kList, cluster_policy::list}.with(
        {"The cluster policies.", &kListClusterPolicies, &kClusterPolicies}),
    Endpoint{"GET", "policy-families", Versions::k20, Action::kList, cluster_policy::list_families}.with(
        {"The policy families: none.", nullptr, &kPolicyFamilies}),
    Endpoint{"GET", "policy-families/{policy_family_id}", Versions::k20, Action::kRead, cluster_policy::get_family}
        .with({"One policy family: there are none."}),
};
}  // namespace

std::span<const Endpoint> cluster_policy_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
