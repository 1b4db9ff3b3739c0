#pragma once
#include <optional>
#include <string>
#include <vector>

#include "db/cluster_store.h"

namespace stoker::db {

/// A machine that a cluster runs on: one of its workers that is ready.
struct ClusterNode {
    WorkerId worker_id;
    NodeId node_id;
    std::string host;
    bool is_head = false;
    EpochMillis start_timestamp = 0;
};

/// A cluster with what clients are shown beside its row.
struct ShownCluster {
    ClusterRow cluster;
    std::string pinned_by_user_name;  // "" = not pinned
    std::string cluster_log_status;   // JSON text, "" = its logs were never delivered
    JobId job_id;                     // of the run that a JOB cluster belongs to; 0 = none
    std::string run_name;
    std::vector<ClusterNode> nodes;  // the head first
};

/// Those to list; what is empty lets all pass. `visible_to`: creator, or who it runs as.
struct ClusterFilter {
    std::optional<std::string> visible_to;
    std::vector<std::string> cluster_states;
    std::vector<std::string> cluster_sources;
    std::optional<bool> is_pinned;
    std::string policy_id;
};
enum class ClusterOrder { kByState, kByName };
enum class Direction { kAscending, kDescending };
/// `kByState`: what runs first, pinned before others, then by name.
struct ClusterPage {
    ClusterOrder order = ClusterOrder::kByState;
    Direction direction = Direction::kAscending;
    int limit = 0;
    int offset = 0;
};

std::optional<ShownCluster> show_cluster(Transaction& tx, const ClusterId& cluster_id);
/// Without permanently deleted ones, and without JOB clusters that ended over 30 days ago unless they are pinned.
std::vector<ShownCluster> list_clusters(Transaction& tx, const ClusterFilter& filter, const ClusterPage& page);

}  // namespace stoker::db
