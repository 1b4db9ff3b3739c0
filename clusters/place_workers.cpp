#include "clusters/cluster_keeper.h"
#include "clusters/node_fit.h"
#include "core/error.h"

// What a node says of the workers that it was given to start.
namespace stoker::clusters {
namespace {

namespace net = boost::asio;

}  // namespace

/// true: they go to another node, or wait until there is one.
net::awaitable<bool> ClusterKeeper::turn_down_if_too_large(const db::ClusterToServe& asked) {
    if (!asked.head_placed && asked.workers_placed == 0) co_return false;
    const db::ClusterRow& cluster = asked.cluster;
    std::optional<NodeType> type;
    try {
        type = catalog_.find_node_type(stored_definition(cluster.spec, cluster.libraries, catalog_).node_type_id);
    } catch (const ApiError&) {
        co_return false;  // who prepares it fails the cluster with the reason
    }
    if (!type || fits(*type, catalog_.machine())) co_return false;
    std::string why = "node type " + type->node_type_id + " (" + size_text(type->cores, type->memory_mb) +
                      ") is larger than node " + settings_.node_id + " (" +
                      size_text(catalog_.machine().cores, catalog_.machine().memory_mb) + ")";
    auto turn_down = [node_id = settings_.node_id, cluster_id = cluster.cluster_id, generation = cluster.generation,
                      why](db::Transaction& tx) {
        return db::turn_down_workers(tx, node_id, cluster_id, generation, why);
    };
    const bool placed_elsewhere = co_await pool_.run(turn_down);
    static_cast<void>(placed_elsewhere);
    co_return true;
}

}  // namespace stoker::clusters
