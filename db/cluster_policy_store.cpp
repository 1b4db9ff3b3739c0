#include "db/cluster_policy_store.h"

#include "db/transaction.h"

namespace stoker::db {
namespace {
ClusterPolicyRow policy_row(const pqxx::row& row) {
    ClusterPolicyRow policy;
    policy.policy_id = text_of(row["policy_id"]);
    policy.name = text_of(row["name"]);
    policy.definition = text_of(row["definition"]);
    policy.description = text_of(row["description"]);
    policy.libraries = text_of(row["libraries"]);
    if (!row["max_clusters_per_user"].is_null()) policy.max_clusters_per_user = number_of(row["max_clusters_per_user"]);
    policy.creator_user_name = text_of(row["creator_user_name"]);
    policy.created_at_timestamp = number_of(row["created_at_timestamp"]);
    return policy;
}

std::optional<ClusterPolicyRow> first_of(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return policy_row(rows[0]);
}
}  // namespace

bool add_cluster_policy(Transaction& tx, const ClusterPolicyRow& policy) {
    tx.query("lock_policy_names");
    return !tx.query("add_cluster_policy",
                     {policy.policy_id, policy.name, policy.definition, policy.description, policy.libraries,
                      policy.max_clusters_per_user, policy.creator_user_name, policy.created_at_timestamp})
                .empty();
}

PolicyChange change_cluster_policy(Transaction& tx, const ClusterPolicyRow& policy) {
    tx.query("lock_policy_names");
    if (!lock_cluster_policy(tx, policy.policy_id)) return PolicyChange::kDoesNotExist;
    const auto changed =
        tx.query("change_cluster_policy", {policy.policy_id, policy.name, policy.definition, policy.description,
                                           policy.libraries, policy.max_clusters_per_user});
    return changed.empty() ? PolicyChange::kNameIsTaken : PolicyChange::kDone;
}

bool delete_cluster_policy(Transaction& tx, const std::string& policy_id) {
    return !tx.query("delete_cluster_policy", {policy_id}).empty();
}

std::optional<ClusterPolicyRow> find_cluster_policy(Transaction& tx, const std::string& policy_id) {
    return first_of(tx.query("find_cluster_policy", {policy_id}));
}

std::optional<ClusterPolicyRow> lock_cluster_policy(Transaction& tx, const std::string& policy_id) {
    return first_of(tx.query("lock_cluster_policy", {policy_id}));
}

std::vector<ClusterPolicyRow> list_cluster_policies(Transaction& tx) {
    std::vector<ClusterPolicyRow> policies;
    for (const auto& row : tx.query("list_cluster_policies")) policies.push_back(policy_row(row));
    return policies;
}

std::int64_t count_active_clusters(Transaction& tx, const std::string& policy_id, const std::string& creator_user_name,
                                   const ClusterId& apart_from) {
    return number_of(tx.query("count_active_clusters", {policy_id, creator_user_name, apart_from})[0]["count"]);
}

}  // namespace stoker::db
