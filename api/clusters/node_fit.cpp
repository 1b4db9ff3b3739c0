#include "api/clusters/node_fit.h"

#include <algorithm>
#include <tuple>

#include "clusters/node_fit.h"
#include "core/json_reader.h"
#include "db/node_list_store.h"

namespace stoker::api::cluster {
namespace {
clusters::Machine machine_of(const db::NodeInfo& node) {
    return {.cores = node.cores, .memory_mb = node.memory_mb, .gpus = node.gpus, .labels = node.labels};
}
}  // namespace

void must_fit_some_node(db::Transaction& tx, const clusters::ClusterDefinition& definition,
                        const clusters::Catalog& catalog) {
    if (definition.provider != clusters::kLocalProvider) return;  // its machines are no nodes
    const auto type = catalog.find_node_type(definition.node_type_id);
    if (!type || !type->must_fit) return;
    const std::vector<db::NodeInfo> nodes = db::list_nodes(tx);
    const auto is_place = [&](const db::NodeInfo& node) { return clusters::fits(*type, machine_of(node)); };
    if (nodes.empty() || std::ranges::any_of(nodes, is_place)) return;
    const auto is_large = [&](const db::NodeInfo& node) { return clusters::is_large_enough(*type, machine_of(node)); };
    if (std::ranges::any_of(nodes, is_large))
        JsonReader(definition.sent)
            .refuse("node_type_id", "'" + definition.node_type_id + "' needs a node (" + clusters::size_text(*type) +
                                        ") with the labels " + clusters::missing_labels(*type, {}) +
                                        "; none has all of that: `stoker node --label NAME=VALUE` gives them.");
    const auto largest = std::ranges::max_element(
        nodes, {}, [](const db::NodeInfo& node) { return std::tuple(node.cores, node.memory_mb, node.gpus); });
    JsonReader(definition.sent)
        .refuse("node_type_id", "'" + definition.node_type_id + "' (" + clusters::size_text(*type) +
                                    ") is larger than every node; the largest is " + largest->node_id + " (" +
                                    clusters::size_text(machine_of(*largest)) + ").");
}

}  // namespace stoker::api::cluster
