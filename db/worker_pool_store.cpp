#include "db/worker_pool_store.h"

#include <nlohmann/json.hpp>

#include "db/transaction.h"

namespace stoker::db {

std::vector<AutoscaledPool> autoscaled_pools(Transaction& tx) {
    std::vector<AutoscaledPool> pools;
    for (const auto& row : tx.query("autoscaled_pools")) {
        AutoscaledPool pool;
        pool.cluster_id = text_of(row["cluster_id"]);
        pool.min_workers = row["min_workers"].as<int>();
        pool.max_workers = row["max_workers"].as<int>();
        pool.num_workers = row["num_workers"].as<int>();
        if (!row["scale_down_seconds"].is_null()) pool.scale_down_seconds = row["scale_down_seconds"].as<int>();
        pool.draining = row["draining"].as<int>();
        pool.idle = row["idle"].as<int>();
        pool.slots_per_worker = row["slots_per_worker"].as<int>();
        pool.slots = row["slots"].as<int>();
        pool.busy_slots = row["busy_slots"].as<int>();
        pool.waiting = row["waiting"].as<int>();
        pool.oldest_wait = std::chrono::milliseconds(number_of(row["oldest_wait"]));
        pools.push_back(std::move(pool));
    }
    return pools;
}

std::vector<WorkerPoolRow> worker_pools(Transaction& tx) {
    std::vector<WorkerPoolRow> pools;
    for (const auto& row : tx.query("worker_pools")) {
        WorkerPoolRow pool;
        pool.cluster_id = text_of(row["cluster_id"]);
        pool.cluster_name = text_of(row["cluster_name"]);
        pool.num_workers = row["num_workers"].as<int>();
        pool.times_grown = row["times_grown"].as<int>();
        pool.times_shrunk = row["times_shrunk"].as<int>();
        for (const auto& alike : nlohmann::json::parse(text_of(row["workers"])))
            pool.workers.push_back({alike["state"], alike["limits_by"], alike["count"]});
        pool.slots = number_of(row["slots"]);
        pool.leased = number_of(row["leased"]);
        pool.waiting = number_of(row["waiting"]);
        pool.oldest_wait = std::chrono::milliseconds(number_of(row["oldest_wait"]));
        pools.push_back(std::move(pool));
    }
    return pools;
}

bool resize_cluster(Transaction& tx, const ClusterResize& resize) {
    auto rows =
        tx.query("resize_cluster", {resize.cluster_id, resize.target_num_workers, Param::or_null(resize.new_size),
                                    resize.cause, resize.user_name, resize.message});
    return rows[0]["resized"].as<bool>();
}

}  // namespace stoker::db
