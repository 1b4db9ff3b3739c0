#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct ClusterRow {
    ClusterId cluster_id;
    std::string cluster_name;
    std::string spec;       // JSON text
    std::string libraries;  // JSON text, array
    std::string state;
    std::string state_message;
    std::string termination_reason;  // JSON text, "" = none
    std::string cluster_source;
    std::string creator_user_name;
    std::string run_as_user_name;
    int num_workers = 0;
    int autotermination_minutes = 0;
    std::int64_t generation = 1;  // start_time + generation is the spark_context_id
    EpochMillis start_time = 0;
    EpochMillis last_restarted_time = 0;
    EpochMillis terminated_time = 0;
    EpochMillis last_activity_time = 0;
};

struct NewCluster {
    ClusterId cluster_id;
    std::string cluster_name;
    std::string spec;
    std::string libraries = "[]";
    std::string cluster_source = "API";
    std::string creator_user_name;
    int num_workers = 0;
    int autotermination_minutes = 0;
};
/// State PENDING, event CREATING. Notify kClustersChannel after the commit, as after every change of state below.
void create_cluster(Transaction& tx, const NewCluster& cluster, EpochMillis now);
std::optional<ClusterRow> find_cluster(Transaction& tx, const ClusterId& cluster_id);
/// Replaces the definition; a RUNNING cluster goes to RESTARTING with a new generation. Event EDITED.
void edit_cluster(Transaction& tx, const ClusterRow& cluster, const std::string& user_name, EpochMillis now);

enum class ClusterChange { kDone, kWrongState, kDoesNotExist };
/// TERMINATED → PENDING with a new generation (event STARTING).
ClusterChange start_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name,
                            EpochMillis now);
/// RUNNING → RESTARTING with a new generation (event RESTARTING).
ClusterChange restart_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name,
                              EpochMillis now);
/// PENDING, RUNNING, RESTARTING → TERMINATING; kDone also when it is over already. `reason`: JSON
/// {code,type,parameters}.
ClusterChange terminate_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& reason,
                                EpochMillis now);
/// Terminates, with `reason`, and hides it for good.
ClusterChange delete_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& reason, EpochMillis now);
/// It is never pruned (event PINNED). false: `most` clusters are pinned already.
bool pin_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name, int most, EpochMillis now);
void unpin_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name, EpochMillis now);
/// Of a TERMINATED cluster: the new owner is its creator and who it runs as (event EDITED).
ClusterChange change_cluster_owner(Transaction& tx, const ClusterId& cluster_id, const std::string& owner_username,
                                   const std::string& user_name, EpochMillis now);

struct ClusterEventRow {
    EpochMillis timestamp = 0;
    std::string type;
    std::string details;  // JSON text
};
struct ClusterEvents {
    std::vector<ClusterEventRow> events;
    std::int64_t total_count = 0;
};
ClusterEvents list_cluster_events(Transaction& tx, const ClusterId& cluster_id, EpochMillis from, EpochMillis to,
                                  bool ascending, const std::vector<std::string>& types, int offset, int limit);
void add_cluster_event(Transaction& tx, const ClusterId& cluster_id, const std::string& type,
                       const std::string& details, EpochMillis now);
/// RUNNING clusters with autotermination_minutes > 0 and no ready, leased or recent work: → TERMINATING (INACTIVITY).
std::vector<ClusterId> terminate_idle_clusters(Transaction& tx, EpochMillis now);

// --- What a node does (role stoker_worker; SECURITY DEFINER routines). ---

struct NodeRow {
    NodeId node_id;
    std::string host;
    std::string provider = "local";
    int cores = 0;
    std::int64_t memory_mb = 0;
    int gpus = 0;
    std::map<std::string, std::string> labels = {};
};
/// Inserts or revives the node and marks its old workers GONE after their leases were rescued, but for those that it
/// keeps. Returns nothing to wait for.
void register_node(Transaction& tx, const NodeRow& node, const std::vector<WorkerId>& kept = {});
/// Clusters whose state asks for something of a node, with their live workers.
struct WorkerRow {
    WorkerId worker_id;
    ClusterId cluster_id;
    NodeId node_id;
    std::int64_t generation = 0;
    bool is_head = false;
    std::string state;
};
struct ClusterToServe {
    ClusterRow cluster;
    std::vector<WorkerRow> workers;
    bool head_placed = false;  // the node is to start the head
    int workers_placed = 0;    // and as many further workers
    NodeId head_node;          // where the head is or is to be; "" = nowhere yet
};
/// Places workers that clusters lack, and names those clusters that the node has, or is to have, workers of.
std::vector<ClusterToServe> clusters_to_serve(Transaction& tx, const NodeId& node_id);
/// What a worker takes of its node.
struct WorkerSize {
    int slots = 1;
    int cores = 1;
    std::int64_t memory_mb = 0;
};
/// false: the cluster has a head already, or is not of that generation any more, or another node is to start the
/// worker; none was registered.
bool register_worker(Transaction& tx, const WorkerRow& worker, const WorkerSize& size);
/// This node cannot host workers of the cluster's generation. false: no other may either.
bool turn_down_workers(Transaction& tx, const NodeId& node_id, const ClusterId& cluster_id, std::int64_t generation,
                       const std::string& reason);
/// The worker is ready to claim; the head's readiness makes its cluster RUNNING (events RUNNING, DRIVER_HEALTHY).
void worker_is_ready(Transaction& tx, const WorkerId& worker_id, const std::string& isolation_json);
/// What workers that have not begun wait for, shown by runs that wait, and by a cluster that does; "" = nothing any
/// more. Said again and again, it keeps `workers` from being taken for lost.
struct ClusterWait {
    ClusterId cluster_id;
    std::int64_t generation = 0;
    std::vector<WorkerId> workers;
    std::string what;
};
void cluster_waits(Transaction& tx, const ClusterWait& wait);
/// Its process and all it started are gone. Rescue its leases with rescue_worker in the same transaction, before this.
void worker_is_gone(Transaction& tx, const WorkerId& worker_id);
/// The last worker of a TERMINATING cluster is gone → TERMINATED. Of a RESTARTING one: PENDING of the new generation.
void cluster_is_down(Transaction& tx, const ClusterId& cluster_id);
/// The cluster cannot be made ready (environment, jars, node type): → TERMINATED with the reason; its waiting task runs
/// end INTERNAL_ERROR with `message` and `termination_code` (LIBRARY_INSTALLATION_ERROR, CLUSTER_ERROR).
struct ClusterFailure {
    std::string message;
    std::string termination_code;
};
std::vector<RunId> cluster_failed(Transaction& tx, const ClusterId& cluster_id, const ClusterFailure& failure);
/// A script that the worker runs before it serves has failed: its cluster fails with INIT_SCRIPT_FAILURE.
std::vector<RunId> init_script_failed(Transaction& tx, const WorkerId& worker_id, const std::string& message);
/// What the cluster waits for, shown as state_message of the cluster and of its PENDING runs ("Installing libraries:
/// …").
void set_cluster_message(Transaction& tx, const ClusterId& cluster_id, const std::string& message);

}  // namespace stoker::db
