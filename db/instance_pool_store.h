#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct InstancePoolRow {
    std::string instance_pool_id;
    std::string instance_pool_name;
    std::string spec;  // JSON text
    std::string creator_user_name;
    std::string state = "ACTIVE";
    EpochMillis created_time = 0;
};
/// How many workers clusters have of it, and how many it keeps warm; `pending`: those that are not ready yet.
struct InstancePoolStats {
    int used = 0;
    int pending_used = 0;
    int idle = 0;
    int pending_idle = 0;
};
struct ShownInstancePool {
    InstancePoolRow pool;
    InstancePoolStats stats;
};

// Notify kClustersChannel after the commit of any change.
void create_instance_pool(Transaction& tx, const InstancePoolRow& pool);
/// Locked until the transaction ends; nullopt: there is none.
std::optional<InstancePoolRow> lock_instance_pool(Transaction& tx, const std::string& instance_pool_id);
void edit_instance_pool(Transaction& tx, const InstancePoolRow& pool);
/// Its warm workers end; clusters keep theirs. false: there is none.
bool delete_instance_pool(Transaction& tx, const std::string& instance_pool_id);
std::optional<ShownInstancePool> show_instance_pool(Transaction& tx, const std::string& instance_pool_id);
std::vector<ShownInstancePool> list_instance_pools(Transaction& tx);

// --- What nodes and workers do (role stoker_worker; SECURITY DEFINER routines). ---

/// What the node is to do for one pool.
struct PoolToKeep {
    std::string instance_pool_id;
    std::string spec;  // JSON text
    int to_start = 0;
    std::vector<WorkerId> to_end;  // of this node
    std::vector<WorkerId> idle;    // of this node: those that a cluster can be given
};
std::vector<PoolToKeep> pools_to_keep(Transaction& tx, const NodeId& node_id);
/// A process is started for it. `follows`: one that a cluster had. false: there is no place for it.
bool register_pool_instance(Transaction& tx, const WorkerId& worker_id, const std::string& instance_pool_id,
                            const NodeId& node_id, bool follows);
void pool_instance_is_ready(Transaction& tx, const WorkerId& worker_id);
void pool_instance_is_gone(Transaction& tx, const WorkerId& worker_id);

struct PoolPlace {
    bool pool_exists = false;
    std::string why_not;  // "" = the worker has it
};
/// For a worker that the same transaction has registered for a cluster of the pool: roll back unless it has one.
PoolPlace take_pool_place(Transaction& tx, const std::string& instance_pool_id, const WorkerId& worker_id);

}  // namespace stoker::db
