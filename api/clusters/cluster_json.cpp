#include "api/clusters/cluster_json.h"

#include <cctype>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json default_tags(const db::ShownCluster& shown) {
    const db::ClusterRow& cluster = shown.cluster;
    Json tags{{"Vendor", "Stoker"},
              {"Creator", cluster.creator_user_name},
              {"ClusterName", cluster.cluster_name},
              {"ClusterId", cluster.cluster_id}};
    if (shown.job_id) {
        tags["JobId"] = to_string(shown.job_id);
        tags["RunName"] = shown.run_name;
    }
    return tags;
}

Json node_json(const db::ClusterNode& node) {
    return {{"node_id", node.worker_id}, {"instance_id", node.node_id},
            {"private_ip", node.host},   {"host_private_ip", node.host},
            {"public_dns", ""},          {"start_timestamp", node.start_timestamp}};
}

void add_nodes(const std::vector<db::ClusterNode>& nodes, Json& object) {
    for (const db::ClusterNode& node : nodes) {
        if (node.is_head)
            object["driver"] = node_json(node);
        else
            object["executors"].push_back(node_json(node));
    }
}

void add_size(const clusters::Catalog& catalog, int num_workers, Json& object) {
    if (!object.contains("node_type_id")) object["node_type_id"] = catalog.default_node_type();
    if (!object.contains("driver_node_type_id")) object["driver_node_type_id"] = object["node_type_id"];
    const auto type = catalog.find_node_type(object["node_type_id"].get<std::string>());
    const auto head = catalog.find_node_type(object["driver_node_type_id"].get<std::string>());
    if (!type || !head) return;
    object["cluster_cores"] = static_cast<double>(head->cores + type->cores * num_workers);
    object["cluster_memory_mb"] = head->memory_mb + type->memory_mb * num_workers;
}
}  // namespace

Json cluster_json(const db::ShownCluster& shown, const clusters::Catalog& catalog, bool with_spec) {
    const db::ClusterRow& cluster = shown.cluster;
    const Json definition = Json::parse(cluster.spec);
    Json object = definition;
    object["cluster_id"] = cluster.cluster_id;
    object["cluster_name"] = cluster.cluster_name;
    object["creator_user_name"] = cluster.creator_user_name;
    object["state"] = cluster.state;
    object["state_message"] = cluster.state_message;
    object["cluster_source"] = cluster.cluster_source;
    object["num_workers"] = cluster.num_workers;
    object["autotermination_minutes"] = cluster.autotermination_minutes;
    object["start_time"] = cluster.start_time;
    object["terminated_time"] = cluster.terminated_time;
    object["last_restarted_time"] = cluster.last_restarted_time;
    object["last_activity_time"] = cluster.last_activity_time;
    object["last_state_loss_time"] = 0;
    object["spark_context_id"] = cluster.start_time + cluster.generation;
    object["jdbc_port"] = 10000;
    object["default_tags"] = default_tags(shown);
    if (!shown.pinned_by_user_name.empty()) object["pinned_by_user_name"] = shown.pinned_by_user_name;
    if (!shown.cluster_log_status.empty()) object["cluster_log_status"] = Json::parse(shown.cluster_log_status);
    if (!cluster.termination_reason.empty()) object["termination_reason"] = Json::parse(cluster.termination_reason);
    add_size(catalog, cluster.num_workers, object);
    add_nodes(shown.nodes, object);
    if (with_spec) object["spec"] = definition;
    return object;
}

void authorize_libraries(const Principal& principal, const std::vector<clusters::Library>& libraries) {
    for (const clusters::Library& library : libraries)
        if (const auto path = clusters::workspace_path_of(library))
            authorize(principal, Action::kRead, WorkspacePath{*path});
}

OwnedObject owned(const db::ClusterRow& cluster) {
    return {"cluster " + cluster.cluster_id, cluster.creator_user_name, cluster.run_as_user_name};
}

db::ClusterRow existing_cluster(db::Transaction& tx, const ClusterId& cluster_id, const Principal& principal,
                                Action action) {
    auto cluster = db::find_cluster(tx, cluster_id);
    if (!cluster) throw ApiError::cluster_does_not_exist(cluster_id);
    authorize(principal, action, owned(*cluster));
    return std::move(*cluster);
}

ApiError unexpected_state(const db::ClusterRow& cluster) {
    std::string state = cluster.state;  // the reference writes RUNNING as Running in its sentences
    for (std::size_t i = 1; i < state.size(); ++i) state[i] = static_cast<char>(std::tolower(state[i]));
    return {ErrorCode::kInvalidState, "Cluster " + cluster.cluster_id + " is in unexpected state " + state + "."};
}

}  // namespace stoker::api
