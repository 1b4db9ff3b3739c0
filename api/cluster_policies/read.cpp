#include <algorithm>

#include "api/cluster_policies/endpoints.h"
#include "api/cluster_policies/policy.h"
#include "api/http/parameters.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::cluster_policy {

Answer get(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    const std::string policy_id = JsonReader(request.parameters).string("policy_id");
    auto read = [policy_id](db::Transaction& tx) { return db::find_cluster_policy(tx, policy_id); };
    const auto policy = co_await services.pool.read(read);
    if (!policy) throw policy_does_not_exist(policy_id);
    co_return json_response(policy_json(*policy));
}

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    const JsonReader parameters(request.parameters);
    auto read = [](db::Transaction& tx) { return db::list_cluster_policies(tx); };
    auto policies = co_await services.pool.read(read);
    if (parameters.optional_string("sort_column") == "POLICY_NAME")
        std::ranges::stable_sort(policies, {}, &db::ClusterPolicyRow::name);
    if (parameters.optional_string("sort_order") == "DESC") std::ranges::reverse(policies);
    nlohmann::json answer{{"policies", nlohmann::json::array()}};
    for (const auto& policy : policies) answer["policies"].push_back(policy_json(policy));
    answer["total_count"] = policies.size();
    co_return json_response(answer);
}

Answer list_families(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    co_return json_response({{"policy_families", nlohmann::json::array()}});
}

Answer get_family(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    throw ApiError(ErrorCode::kResourceDoesNotExist,
                   "Policy family " + path_text(request, "policy_family_id").substr(0, 64) +
                       " does not exist: there are none here; write a policy's definition.");
    co_return Response{};
}

}  // namespace stoker::api::cluster_policy
