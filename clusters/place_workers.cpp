#include "clusters/cluster_keeper.h"
#include "clusters/node_fit.h"
#include "core/error.h"

// What a node says of the workers that it was given to start.
namespace stoker::clusters {
namespace {

namespace net = boost::asio;

}  // namespace

/// true: they go to another node, or wait until there is one.
net::awaitable<bool> ClusterKeeper::turn_down_if_unfit(const db::ClusterToServe& asked) {
    if (!asked.head_placed && asked.workers_placed == 0) co_return false;
    const db::ClusterRow& cluster = asked.cluster;
    std::string why;
    try {
        why = why_unfit(stored_definition(cluster.spec, cluster.libraries, catalog_));
    } catch (const ApiError&) {
        co_return false;  // who prepares it fails the cluster with the reason
    }
    if (why.empty()) co_return false;
    auto turn_down = [node_id = settings_.node_id, cluster_id = cluster.cluster_id, generation = cluster.generation,
                      why](db::Transaction& tx) {
        return db::turn_down_workers(tx, node_id, cluster_id, generation, why);
    };
    const bool placed_elsewhere = co_await pool_.run(turn_down);
    static_cast<void>(placed_elsewhere);
    co_return true;
}

/// "" = this node can have workers of the cluster.
std::string ClusterKeeper::why_unfit(const ClusterDefinition& definition) const {
    const WorkerProvider& provider = *providers_.at(definition.provider);
    if (std::string why = provider.unavailable(); !why.empty()) return why;
    const auto type = catalog_.find_node_type(definition.node_type_id);
    if (!provider.is_of_this_machine() || !type || fits(*type, catalog_.machine())) return "";
    if (!is_large_enough(*type, catalog_.machine()))
        return "node type " + type->node_type_id + " (" + size_text(*type) + ") is larger than node " +
               settings_.node_id + " (" + size_text(catalog_.machine()) + ")";
    return "node " + settings_.node_id + " lacks labels of node type " + type->node_type_id + ": " +
           missing_labels(*type, catalog_.machine());
}

}  // namespace stoker::clusters
