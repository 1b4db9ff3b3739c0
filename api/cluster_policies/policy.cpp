#include "api/cluster_policies/policy.h"

#include "clusters/policy.h"

namespace stoker::api {
namespace {
constexpr std::size_t kLongestShownId = 64;
}

WorkspaceSetting cluster_policies() {
    return {"cluster policies"};
}

db::ClusterPolicyRow parse_cluster_policy(const JsonReader& body) {
    db::ClusterPolicyRow policy;
    policy.name = body.string("name");
    policy.definition = body.optional_string("definition").value_or("");
    if (policy.definition.empty()) policy.definition = "{}";
    policy.description = body.optional_string("description").value_or("");
    const auto libraries = clusters::parse_libraries(body);
    policy.libraries = clusters::libraries_json(libraries).dump();
    policy.max_clusters_per_user = body.optional_int("max_clusters_per_user");
    static_cast<void>(clusters::Policy(policy.definition));
    return policy;
}

nlohmann::json policy_json(const db::ClusterPolicyRow& policy) {
    nlohmann::json json{{"policy_id", policy.policy_id},
                        {"name", policy.name},
                        {"definition", policy.definition},
                        {"description", policy.description},
                        {"creator_user_name", policy.creator_user_name},
                        {"created_at_timestamp", policy.created_at_timestamp},
                        {"is_default", false}};
    if (policy.libraries != "[]") json["libraries"] = nlohmann::json::parse(policy.libraries);
    if (policy.max_clusters_per_user) json["max_clusters_per_user"] = *policy.max_clusters_per_user;
    return json;
}

ApiError policy_does_not_exist(const std::string& policy_id) {
    return {ErrorCode::kResourceDoesNotExist,
            "Cluster policy " + policy_id.substr(0, kLongestShownId) + " does not exist."};
}

ApiError policy_name_is_taken(const std::string& name) {
    return ApiError::invalid_parameter("name: there is a cluster policy '" + name + "' already.");
}

}  // namespace stoker::api
