#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct ClusterPolicyRow {
    std::string policy_id;  // hex
    std::string name;
    std::string definition;  // JSON text, as sent
    std::string description;
    std::string libraries = "[]";  // JSON text, array
    std::optional<std::int64_t> max_clusters_per_user;
    std::string creator_user_name;
    EpochMillis created_at_timestamp = 0;
};

/// false: another policy has the name.
bool add_cluster_policy(Transaction& tx, const ClusterPolicyRow& policy);
enum class PolicyChange { kDone, kDoesNotExist, kNameIsTaken };
/// All but its creator and when that was.
PolicyChange change_cluster_policy(Transaction& tx, const ClusterPolicyRow& policy);
/// false: there is none.
bool delete_cluster_policy(Transaction& tx, const std::string& policy_id);

std::optional<ClusterPolicyRow> find_cluster_policy(Transaction& tx, const std::string& policy_id);
/// The same, and nobody else counts its clusters or changes it until the transaction is over.
std::optional<ClusterPolicyRow> lock_cluster_policy(Transaction& tx, const std::string& policy_id);
/// Oldest first.
std::vector<ClusterPolicyRow> list_cluster_policies(Transaction& tx);

/// How many clusters of the policy that the user has made are starting or running, job clusters and `apart_from` aside.
std::int64_t count_active_clusters(Transaction& tx, const std::string& policy_id, const std::string& creator_user_name,
                                   const ClusterId& apart_from);

}  // namespace stoker::db
