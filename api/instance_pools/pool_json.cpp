#include "api/instance_pools/pool_json.h"

#include "clusters/cluster_definition.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

db::ShownInstancePool existing_pool(db::Transaction& tx, const char* field, const std::string& instance_pool_id) {
    auto shown = db::show_instance_pool(tx, instance_pool_id);
    if (!shown)
        throw ApiError::invalid_parameter(std::string(field) + ": instance pool '" + instance_pool_id +
                                          "' does not exist; instance-pools/list lists those that do.");
    return std::move(*shown);
}
}  // namespace

Json instance_pool_json(const db::ShownInstancePool& shown) {
    const db::InstancePoolRow& pool = shown.pool;
    const db::InstancePoolStats& stats = shown.stats;
    Json object = Json::parse(pool.spec);
    object["instance_pool_id"] = pool.instance_pool_id;
    object["state"] = pool.state;
    object["default_tags"] = {{"Vendor", "Stoker"},
                              {"DatabricksInstancePoolCreatorId", pool.creator_user_name},
                              {"DatabricksInstancePoolId", pool.instance_pool_id}};
    object["stats"] = {{"used_count", stats.used},
                       {"idle_count", stats.idle},
                       {"pending_used_count", stats.pending_used},
                       {"pending_idle_count", stats.pending_idle}};
    object["status"] = Json::object();
    return object;
}

ApiError instance_pool_does_not_exist(const std::string& instance_pool_id) {
    return {ErrorCode::kResourceDoesNotExist, "Instance pool " + instance_pool_id.substr(0, 100) + " does not exist."};
}

WorkspaceSetting instance_pool_setting() {
    return {"instance pools"};
}

void check_instance_pools(db::Transaction& tx, const clusters::ClusterDefinition& definition) {
    if (definition.instance_pool_id.empty()) return;
    const auto pool = existing_pool(tx, "instance_pool_id", definition.instance_pool_id);
    existing_pool(tx, "driver_instance_pool_id", definition.driver_instance_pool_id);
    const std::string type = Json::parse(pool.pool.spec).at("node_type_id");
    if (definition.sent.contains("node_type_id") && definition.node_type_id != type)
        throw ApiError::invalid_parameter("node_type_id: workers of instance pool '" + definition.instance_pool_id +
                                          "' have node type '" + type + "'; leave node_type_id out.");
}

}  // namespace stoker::api
