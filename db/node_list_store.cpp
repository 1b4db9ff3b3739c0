#include "db/node_list_store.h"

#include <nlohmann/json.hpp>

#include "db/transaction.h"

namespace stoker::db {
namespace {
const char* word_of(NodePlacement placement) {
    switch (placement) {
        case NodePlacement::kCordoned:
            return "CORDONED";
        case NodePlacement::kDraining:
            return "DRAINING";
        case NodePlacement::kOpen:
            break;
    }
    return "OPEN";
}
}  // namespace

std::vector<NodeInfo> list_nodes(Transaction& tx) {
    std::vector<NodeInfo> nodes;
    for (const auto& row : tx.query("list_nodes")) {
        NodeInfo node;
        node.node_id = text_of(row["node_id"]);
        node.host = text_of(row["host"]);
        node.provider = text_of(row["provider"]);
        node.state = text_of(row["state"]);
        node.joined = row["joined"].as<bool>();
        node.cores = row["cores"].as<int>();
        node.memory_mb = number_of(row["memory_mb"]);
        node.gpus = row["gpus"].as<int>();
        node.labels = nlohmann::json::parse(text_of(row["labels"])).get<std::map<std::string, std::string>>();
        node.workers = row["workers"].as<int>();
        node.task_runs = row["task_runs"].as<int>();
        node.last_heard_of = number_of(row["last_heard_of"]);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

std::optional<std::vector<ClusterId>> set_node_placement(Transaction& tx, const NodeId& node_id,
                                                         NodePlacement placement) {
    const auto rows = tx.query("set_node_placement", {node_id, word_of(placement)});
    if (rows[0]["touched"].is_null()) return std::nullopt;
    return texts_of(rows[0]["touched"]);
}

}  // namespace stoker::db
