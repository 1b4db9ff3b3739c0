#include "scheduler/cluster_autoscaler.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "db/worker_pool_store.h"

namespace stoker::scheduler {
namespace {

clusters::WorkerPool pool_of(const db::AutoscaledPool& row) {
    clusters::WorkerPool pool;
    pool.min_workers = row.min_workers;
    pool.max_workers = row.max_workers;
    pool.num_workers = row.num_workers;
    pool.draining = row.draining;
    pool.idle = row.idle;
    pool.slots_per_worker = row.slots_per_worker;
    pool.slots = row.slots;
    pool.busy_slots = row.busy_slots;
    pool.waiting = row.waiting;
    pool.oldest_wait = row.oldest_wait;
    if (row.scale_down_seconds) pool.scale_down_after = std::chrono::seconds(*row.scale_down_seconds);
    return pool;
}

}  // namespace

ServiceResult ClusterAutoscaler::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    std::map<ClusterId, clusters::PoolUse> uses;
    for (const db::AutoscaledPool& row : db::autoscaled_pools(tx)) {
        clusters::PoolUse& use = uses[row.cluster_id] = uses_[row.cluster_id];
        const clusters::Sizing sizing = clusters::decide_size(pool_of(row), use, now);
        if (sizing.again_in) result.again_in = std::min(result.again_in.value_or(*sizing.again_in), *sizing.again_in);
        if (sizing.num_workers == row.num_workers) continue;
        if (!db::resize_cluster(tx, {row.cluster_id, sizing.num_workers, "", "AUTOSCALE", "", sizing.message}))
            continue;
        spdlog::info("cluster_id={} {}", row.cluster_id, sizing.message);
        result.notices.clusters.push_back(row.cluster_id);
        ++result.done;
    }
    uses_ = std::move(uses);
    return result;
}

}  // namespace stoker::scheduler
