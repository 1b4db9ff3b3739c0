#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// A RUNNING cluster whose definition says autoscale, with what a decision about its size needs to know. Workers are
/// counted beside the head, slots are those of all.
struct AutoscaledPool {
    ClusterId cluster_id;
    int min_workers = 0;
    int max_workers = 0;
    int num_workers = 0;  // that it is to have
    std::optional<int> scale_down_seconds;
    int draining = 0;
    int idle = 0;  // ready, without a run
    int slots_per_worker = 1;
    int slots = 0;
    int busy_slots = 0;
    int waiting = 0;  // at most 1,000 of each priority are counted
    std::chrono::milliseconds oldest_wait{0};
};
std::vector<AutoscaledPool> autoscaled_pools(Transaction& tx);

/// What a running cluster is to have from now on.
struct ClusterResize {
    ClusterId cluster_id;
    int target_num_workers = 0;
    std::string new_size;   // JSON text, {num_workers} or {autoscale}; "" = the definition stays
    std::string cause;      // AUTOSCALE, USER_REQUEST
    std::string user_name;  // "" = nobody's
    std::string message;    // why, for a person
};
/// State RESIZING until it is reached, event RESIZING; workers too many leave, idle ones first, busy ones once their
/// runs have ended. Notify kClustersChannel after the commit. false: the cluster is not running, and nothing was
/// written.
bool resize_cluster(Transaction& tx, const ClusterResize& resize);

/// Workers of one cluster that are alike.
struct AliveWorkers {
    std::string state;      // STARTING, READY, DRAINING
    std::string limits_by;  // what holds them to their node type; "" = not told yet
    int count = 0;
};
/// One live cluster, as it is watched.
struct WorkerPoolRow {
    ClusterId cluster_id;
    std::string cluster_name;
    int num_workers = 0;  // that it is to have beside the head
    int times_grown = 0;  // by autoscaling
    int times_shrunk = 0;
    std::vector<AliveWorkers> workers;
    std::int64_t slots = 0;  // of those that are ready
    std::int64_t leased = 0;
    std::int64_t waiting = 0;
    std::chrono::milliseconds oldest_wait{0};
};
/// Of all live clusters. Walks the whole queue.
std::vector<WorkerPoolRow> worker_pools(Transaction& tx);

}  // namespace stoker::db
