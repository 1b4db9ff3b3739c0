#include "api/clusters/node_fit.h"

#include <algorithm>

#include "clusters/node_fit.h"
#include "core/json_reader.h"
#include "db/node_list_store.h"

namespace stoker::api::cluster {

void must_fit_some_node(db::Transaction& tx, const clusters::ClusterDefinition& definition,
                        const clusters::Catalog& catalog) {
    if (definition.provider != clusters::kLocalProvider) return;  // its machines are no nodes
    const auto type = catalog.find_node_type(definition.node_type_id);
    if (!type || !type->must_fit) return;
    const std::vector<db::NodeInfo> nodes = db::list_nodes(tx);
    const bool has_place = std::ranges::any_of(nodes, [&](const db::NodeInfo& node) {
        return clusters::fits(*type, {.cores = node.cores, .memory_mb = node.memory_mb});
    });
    if (nodes.empty() || has_place) return;
    const auto largest = std::ranges::max_element(
        nodes, {}, [](const db::NodeInfo& node) { return std::pair(node.cores, node.memory_mb); });
    JsonReader(definition.sent)
        .refuse("node_type_id", "'" + definition.node_type_id + "' (" +
                                    clusters::size_text(type->cores, type->memory_mb) +
                                    ") is larger than every node; the largest is " + largest->node_id + " (" +
                                    clusters::size_text(largest->cores, largest->memory_mb) + ").");
}

}  // namespace stoker::api::cluster
