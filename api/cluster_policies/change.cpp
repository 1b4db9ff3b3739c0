#include "api/cluster_policies/endpoints.h"
#include "api/cluster_policies/policy.h"
#include "api/services.h"
#include "core/random.h"
#include "db/pool.h"

namespace stoker::api::cluster_policy {
namespace {
constexpr std::size_t kIdBytes = 8;
}

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    db::ClusterPolicyRow policy = parse_cluster_policy(JsonReader(request.parameters));
    policy.policy_id = random_hex(kIdBytes);
    policy.creator_user_name = request.principal.user_name;
    policy.created_at_timestamp = services.clock.epoch_millis();
    auto write = [policy](db::Transaction& tx) { return db::add_cluster_policy(tx, policy); };
    const bool added = co_await services.pool.run(write);
    if (!added) throw policy_name_is_taken(policy.name);
    co_return json_response({{"policy_id", policy.policy_id}});
}

Answer edit(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    const JsonReader body(request.parameters);
    db::ClusterPolicyRow policy = parse_cluster_policy(body);
    policy.policy_id = body.string("policy_id");
    auto write = [policy](db::Transaction& tx) { return db::change_cluster_policy(tx, policy); };
    const db::PolicyChange change = co_await services.pool.run(write);
    if (change == db::PolicyChange::kDoesNotExist) throw policy_does_not_exist(policy.policy_id);
    if (change == db::PolicyChange::kNameIsTaken) throw policy_name_is_taken(policy.name);
    co_return Response{};
}

Answer remove(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, cluster_policies());
    const std::string policy_id = JsonReader(request.parameters).string("policy_id");
    auto write = [policy_id](db::Transaction& tx) { return db::delete_cluster_policy(tx, policy_id); };
    const bool was_there = co_await services.pool.run(write);
    if (!was_there) throw policy_does_not_exist(policy_id);
    co_return Response{};
}

}  // namespace stoker::api::cluster_policy
