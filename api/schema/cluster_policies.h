#pragma once
#include "api/schema/schema.h"

// Cluster policies.
namespace stoker::api::schema {

extern const Schema kNewClusterPolicy;
extern const Schema kEditClusterPolicy;
extern const Schema kClusterPolicyId;
extern const Schema kListClusterPolicies;
extern const Schema kClusterPolicy;
extern const Schema kClusterPolicies;
extern const Schema kPolicyFamilies;

}  // namespace stoker::api::schema
