#include "api/clusters/cluster_json.h"

#include "core/error.h"

namespace stoker::api {

nlohmann::json cluster_json(const db::ClusterRow& cluster, const clusters::Machine& machine, bool with_spec) {
    const auto definition = nlohmann::json::parse(cluster.spec);
    nlohmann::json object = definition;
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
    object["default_tags"] = {{"Vendor", "Stoker"},
                              {"Creator", cluster.creator_user_name},
                              {"ClusterName", cluster.cluster_name},
                              {"ClusterId", cluster.cluster_id}};
    if (!cluster.termination_reason.empty())
        object["termination_reason"] = nlohmann::json::parse(cluster.termination_reason);
    if (!object.contains("node_type_id")) object["node_type_id"] = clusters::kDefaultNodeType;
    if (!object.contains("driver_node_type_id")) object["driver_node_type_id"] = object["node_type_id"];
    if (auto type = clusters::find_node_type(object["node_type_id"].get<std::string>(), machine)) {
        object["cluster_cores"] = static_cast<double>(type->cores) * (cluster.num_workers + 1);
        object["cluster_memory_mb"] = type->memory_mb * (cluster.num_workers + 1);
    }
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

}  // namespace stoker::api
