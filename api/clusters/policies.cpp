#include "api/clusters/policies.h"

#include <set>

#include "core/error.h"
#include "db/cluster_policy_store.h"
#include "db/pool.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;
using PolicyIds = std::set<std::string>;
using Policies = std::map<std::string, clusters::Policy>;

constexpr const char* kPolicyId = "policy_id";

void add_named(const Json& value, PolicyIds& ids) {
    if (value.is_object()) {
        const auto id = value.find(kPolicyId);
        if (id != value.end() && id->is_string() && *id != "") ids.insert(id->get<std::string>());
    }
    if (value.is_structured())
        for (const Json& part : value) add_named(part, ids);
}

PolicyIds named_in(const Json& body) {
    PolicyIds ids;
    add_named(body, ids);
    return ids;
}

Policies read_policies(db::Transaction& tx, const PolicyIds& ids) {
    Policies policies;
    for (const std::string& id : ids)
        if (const auto row = db::find_cluster_policy(tx, id))
            policies.emplace(id, clusters::Policy(row->definition, clusters::libraries_of(row->libraries)));
    return policies;
}
}  // namespace

boost::asio::awaitable<clusters::DefinitionRules> definition_rules(Services& services, const Json& body) {
    clusters::DefinitionRules rules{services.settings.catalog};
    const PolicyIds ids = named_in(body);
    if (ids.empty()) co_return rules;
    auto read = [ids](db::Transaction& tx) { return read_policies(tx, ids); };
    rules.policies = co_await services.pool.read(read);
    co_return rules;
}

clusters::DefinitionRules definition_rules(db::Transaction& tx, const clusters::Catalog& catalog, const Json& body) {
    return {catalog, read_policies(tx, named_in(body))};
}

void check_max_clusters(db::Transaction& tx, const Json& definition, const std::string& creator_user_name,
                        const ClusterId& cluster_id) {
    const std::string policy_id = definition.value(kPolicyId, "");
    if (policy_id.empty()) return;
    const auto policy = db::lock_cluster_policy(tx, policy_id);
    if (!policy || !policy->max_clusters_per_user) return;
    const std::int64_t active = db::count_active_clusters(tx, policy_id, creator_user_name, cluster_id);
    if (active < *policy->max_clusters_per_user) return;
    throw ApiError(ErrorCode::kQuotaExceeded, "Cluster policy '" + policy->name + "' allows " +
                                                  std::to_string(*policy->max_clusters_per_user) +
                                                  " active clusters of a user; " + creator_user_name + " has " +
                                                  std::to_string(active) + ": terminate one.");
}

}  // namespace stoker::api
