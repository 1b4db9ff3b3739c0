#include "db/instance_pool_store.h"

#include "db/transaction.h"

namespace stoker::db {
namespace {

InstancePoolRow pool_row(const pqxx::row& row) {
    return {text_of(row["instance_pool_id"]),
            text_of(row["instance_pool_name"]),
            text_of(row["spec"]),
            text_of(row["creator_user_name"]),
            text_of(row["state"]),
            number_of(row["created_time"])};
}

std::vector<ShownInstancePool> shown_pools(Transaction& tx, const std::optional<std::string>& instance_pool_id) {
    std::vector<ShownInstancePool> pools;
    for (const auto& row : tx.query_once("list_instance_pools", {instance_pool_id}))
        pools.push_back({pool_row(row),
                         {row["used"].as<int>(), row["pending_used"].as<int>(), row["idle"].as<int>(),
                          row["pending_idle"].as<int>()}});
    return pools;
}

}  // namespace

void create_instance_pool(Transaction& tx, const InstancePoolRow& pool) {
    tx.query("create_instance_pool",
             {pool.instance_pool_id, pool.instance_pool_name, pool.spec, pool.creator_user_name, pool.created_time});
}

std::optional<InstancePoolRow> lock_instance_pool(Transaction& tx, const std::string& instance_pool_id) {
    const auto rows = tx.query("lock_instance_pool", {instance_pool_id});
    if (rows.empty()) return std::nullopt;
    return pool_row(rows[0]);
}

void edit_instance_pool(Transaction& tx, const InstancePoolRow& pool) {
    tx.query("edit_instance_pool", {pool.instance_pool_id, pool.instance_pool_name, pool.spec});
}

bool delete_instance_pool(Transaction& tx, const std::string& instance_pool_id) {
    return !tx.query("delete_instance_pool", {instance_pool_id}).empty();
}

std::optional<ShownInstancePool> show_instance_pool(Transaction& tx, const std::string& instance_pool_id) {
    auto pools = shown_pools(tx, instance_pool_id);
    if (pools.empty()) return std::nullopt;
    return std::move(pools.front());
}

std::vector<ShownInstancePool> list_instance_pools(Transaction& tx) {
    return shown_pools(tx, std::nullopt);
}

std::vector<PoolToKeep> pools_to_keep(Transaction& tx, const NodeId& node_id) {
    std::vector<PoolToKeep> pools;
    for (const auto& row : tx.query("pools_to_keep", {node_id}))
        pools.push_back({text_of(row["instance_pool_id"]), text_of(row["spec"]), row["to_start"].as<int>(),
                         texts_of(row["to_end"]), texts_of(row["idle"])});
    return pools;
}

bool register_pool_instance(Transaction& tx, const WorkerId& worker_id, const std::string& instance_pool_id,
                            const NodeId& node_id, bool follows) {
    return tx.query("register_pool_instance", {worker_id, instance_pool_id, node_id, follows})[0]["taken"].as<bool>();
}

void pool_instance_is_ready(Transaction& tx, const WorkerId& worker_id) {
    tx.query("pool_instance_is_ready", {worker_id});
}

void pool_instance_is_gone(Transaction& tx, const WorkerId& worker_id) {
    tx.query("pool_instance_is_gone", {worker_id});
}

PoolPlace take_pool_place(Transaction& tx, const std::string& instance_pool_id, const WorkerId& worker_id) {
    const auto rows = tx.query("take_pool_place", {instance_pool_id, worker_id});
    return {rows[0]["exists_pool"].as<bool>(), text_of(rows[0]["why_not"])};
}

}  // namespace stoker::db
