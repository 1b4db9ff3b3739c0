#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// A machine that hosts workers, as an operator sees it.
struct NodeInfo {
    NodeId node_id;
    std::string host;
    std::string provider;
    std::string state;    // READY, CORDONED, DRAINING, DRAINED; SILENT: not heard of for half a minute
    bool joined = false;  // from another machine, with a role of its own in Postgres
    int cores = 0;
    std::int64_t memory_mb = 0;
    int gpus = 0;
    std::map<std::string, std::string> labels;
    int workers = 0;
    int task_runs = 0;  // that its workers have claimed
    EpochMillis last_heard_of = 0;
};
std::vector<NodeInfo> list_nodes(Transaction& tx);

/// Whether a node gets new workers; when it is draining those that it has leave, once their runs have ended.
enum class NodePlacement { kOpen, kCordoned, kDraining };
/// The clusters that may need another node now, to be notified on kClustersChannel; nullopt: there is no such node.
std::optional<std::vector<ClusterId>> set_node_placement(Transaction& tx, const NodeId& node_id,
                                                         NodePlacement placement);

}  // namespace stoker::db
