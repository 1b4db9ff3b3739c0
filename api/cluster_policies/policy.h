#pragma once
#include <nlohmann/json.hpp>

#include "api/http/authorize.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/cluster_policy_store.h"

namespace stoker::api {

/// What the endpoints of policies ask `authorize` about: admins write them, everyone may use them.
WorkspaceSetting cluster_policies();
/// What create and edit send, checked; without id, creator and time. Throws ApiError that names what is wrong.
db::ClusterPolicyRow parse_cluster_policy(const JsonReader& body);
nlohmann::json policy_json(const db::ClusterPolicyRow& policy);

ApiError policy_does_not_exist(const std::string& policy_id);
ApiError policy_name_is_taken(const std::string& name);

}  // namespace stoker::api
