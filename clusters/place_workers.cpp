#include "clusters/cluster_keeper.h"

// What a node says of the workers that it was given to start.
namespace stoker::clusters {
namespace {

namespace net = boost::asio;

/// A machine that is sold with 16 GB shows some less.
constexpr double kMemoryThatCounts = 0.9;

bool is_larger(const NodeType& type, const Machine& machine) {
    return type.cores > machine.cores ||
           static_cast<double>(type.memory_mb) * kMemoryThatCounts > static_cast<double>(machine.memory_mb);
}

std::string size_of(int cores, std::int64_t memory_mb) {
    return std::to_string(cores) + " cores, " + std::to_string(memory_mb) + " MB";
}

}  // namespace

/// true: they go to another node, or wait until there is one.
net::awaitable<bool> ClusterKeeper::turn_down_if_too_large(const db::ClusterToServe& asked) {
    if (!asked.head_placed && asked.workers_placed == 0) co_return false;
    const db::ClusterRow& cluster = asked.cluster;
    const ClusterDefinition definition = stored_definition(cluster.spec, cluster.libraries, catalog_);
    const auto type = catalog_.find_node_type(definition.node_type_id);
    if (!type || !is_larger(*type, catalog_.machine())) co_return false;
    std::string why = "node type " + type->node_type_id + " (" + size_of(type->cores, type->memory_mb) +
                      ") is larger than node " + settings_.node_id + " (" +
                      size_of(catalog_.machine().cores, catalog_.machine().memory_mb) + ")";
    auto turn_down = [node_id = settings_.node_id, cluster_id = cluster.cluster_id, generation = cluster.generation,
                      why](db::Transaction& tx) {
        return db::turn_down_workers(tx, node_id, cluster_id, generation, why);
    };
    const bool placed_elsewhere = co_await pool_.run(turn_down);
    static_cast<void>(placed_elsewhere);
    co_return true;
}

}  // namespace stoker::clusters
