#include <nlohmann/json.hpp>

#include "db/cluster_row.h"
#include "db/cluster_store.h"
#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {

void register_node(Transaction& tx, const NodeRow& node, const std::vector<WorkerId>& kept) {
    tx.query("register_node", {node.node_id, node.host, node.provider, node.cores, node.memory_mb, node.gpus,
                               nlohmann::json(node.labels).dump(), Param::array(kept)});
}

std::vector<ClusterToServe> clusters_to_serve(Transaction& tx, const NodeId& node_id) {
    std::vector<ClusterToServe> clusters;
    for (const auto& row : tx.query("clusters_to_serve", {node_id})) {
        ClusterToServe serve{.cluster = cluster_row(row),
                             .workers = {},
                             .head_placed = row["head_placed"].as<bool>(),
                             .workers_placed = row["workers_placed"].as<int>(),
                             .head_node = text_of(row["head_node"])};
        for (const auto& worker : nlohmann::json::parse(text_of(row["workers"])))
            serve.workers.push_back({worker["worker_id"], worker["cluster_id"], worker["node_id"], worker["generation"],
                                     worker["is_head"], worker["state"]});
        clusters.push_back(std::move(serve));
    }
    return clusters;
}

bool register_worker(Transaction& tx, const WorkerRow& worker, const WorkerSize& size) {
    auto rows = tx.query("register_worker", {worker.worker_id, worker.cluster_id, worker.node_id, worker.generation,
                                             worker.is_head, size.slots, size.cores, size.memory_mb});
    return rows[0]["taken"].as<bool>();
}

bool turn_down_workers(Transaction& tx, const NodeId& node_id, const ClusterId& cluster_id, std::int64_t generation,
                       const std::string& reason) {
    auto rows = tx.query("turn_down_workers", {node_id, cluster_id, generation, storable(std::string_view(reason))});
    return rows[0]["placed_elsewhere"].as<bool>();
}

void worker_is_ready(Transaction& tx, const WorkerId& worker_id, const std::string& isolation_json) {
    tx.query("worker_is_ready", {worker_id, isolation_json.empty() ? "{}" : isolation_json});
}

void cluster_waits(Transaction& tx, const ClusterWait& wait) {
    tx.query("cluster_waits",
             {wait.cluster_id, wait.generation, Param::array(wait.workers), storable(std::string_view(wait.what))});
}

void worker_is_gone(Transaction& tx, const WorkerId& worker_id) {
    tx.query("worker_is_gone", {worker_id});
}

void cluster_is_down(Transaction& tx, const ClusterId& cluster_id) {
    tx.query("cluster_is_down", {cluster_id});
}

std::vector<RunId> cluster_failed(Transaction& tx, const ClusterId& cluster_id, const ClusterFailure& failure) {
    auto rows =
        tx.query("cluster_failed", {cluster_id, storable(std::string_view(failure.message)), failure.termination_code});
    return run_ids_of(rows[0]["ended_runs"]);
}

std::vector<RunId> init_script_failed(Transaction& tx, const WorkerId& worker_id, const std::string& message) {
    auto rows = tx.query("init_script_failed", {worker_id, storable(std::string_view(message))});
    return run_ids_of(rows[0]["ended_runs"]);
}

void set_cluster_message(Transaction& tx, const ClusterId& cluster_id, const std::string& message) {
    tx.query("set_cluster_message", {cluster_id, storable(std::string_view(message))});
}

}  // namespace stoker::db
