#include "api/instance_pools/endpoints.h"

#include <array>

#include "api/schema/instance_pools.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"POST", "instance-pools/create", kVersions, Action::kCreate, instance_pools::create}.with(
        {"Creates a pool of warm workers. For admins.", &kNewInstancePool, &kInstancePoolId}),
    Endpoint{"POST", "instance-pools/edit", kVersions, Action::kManage, instance_pools::edit}.with(
        {"Replaces the definition of a pool. For admins.", &kEditInstancePool}),
    Endpoint{"POST", "instance-pools/delete", kVersions, Action::kManage, instance_pools::remove}.with(
        {"Deletes a pool; clusters keep the workers that they have of it. For admins.", &kInstancePoolId}),
    Endpoint{"GET", "instance-pools/get", kVersions, Action::kRead, instance_pools::get}.with(
        {"One pool.", &kInstancePoolId, &kInstancePool}),
    Endpoint{"GET", "instance-pools/list", kVersions, Action::kList, instance_pools::list}.with(
        {"All pools.", nullptr, &kInstancePools}),
};
}  // namespace

std::span<const Endpoint> instance_pool_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
