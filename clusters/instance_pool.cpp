#include "clusters/instance_pool.h"

#include <array>

namespace stoker::clusters {
namespace {

constexpr int kMostInstances = 100'000;
constexpr int kMostMinutes = 10'000;
// They describe a cloud.
constexpr std::array kEchoed{"aws_attributes", "azure_attributes",    "gcp_attributes",
                             "disk_spec",      "enable_elastic_disk", "custom_tags"};

int number(const JsonReader& reader, std::string_view field, std::int64_t fallback, int most) {
    const std::int64_t value = reader.integer_or(field, fallback);
    if (value < 0 || value > most) reader.refuse(field, "expected a number from 0 to " + std::to_string(most) + ".");
    return static_cast<int>(value);
}

std::string preloaded_version(const JsonReader& reader, const Catalog& catalog) {
    const auto versions = reader.strings("preloaded_spark_versions");
    if (versions.size() > 1) reader.refuse("preloaded_spark_versions", "a pool has at most one preloaded version.");
    if (versions.empty()) return catalog.spark_versions().front().key;
    if (!catalog.find_spark_version(versions.front()))
        reader.refuse(
            "preloaded_spark_versions",
            "Spark version '" + versions.front() + "' is not supported; clusters/spark-versions lists those that are.");
    return versions.front();
}

}  // namespace

InstancePool parse_instance_pool(const JsonReader& reader, const Catalog& catalog) {
    InstancePool pool;
    pool.instance_pool_name = reader.string("instance_pool_name");
    if (pool.instance_pool_name.size() > 100) reader.refuse("instance_pool_name", "is longer than 100 bytes.");
    pool.node_type_id = reader.string("node_type_id");
    if (!catalog.find_node_type(pool.node_type_id))
        reader.refuse("node_type_id", "node type '" + pool.node_type_id +
                                          "' is not supported; clusters/list-node-types lists those that are.");
    pool.min_idle_instances = number(reader, "min_idle_instances", 0, kMostInstances);
    if (reader.has("max_capacity")) pool.max_capacity = number(reader, "max_capacity", 0, kMostInstances);
    if (pool.max_capacity && *pool.max_capacity < std::max(1, pool.min_idle_instances))
        reader.refuse("max_capacity", "expected at least 1 and at least min_idle_instances, which is " +
                                          std::to_string(pool.min_idle_instances) + ".");
    pool.idle_instance_autotermination_minutes = number(reader, "idle_instance_autotermination_minutes",
                                                        pool.idle_instance_autotermination_minutes, kMostMinutes);
    pool.spark_version = preloaded_version(reader, catalog);
    if (!reader.objects("preloaded_docker_images").empty())
        reader.refuse("preloaded_docker_images", "container images are not available.");
    if (reader.string_map("custom_tags").size() > 43) reader.refuse("custom_tags", "at most 43 tags.");

    pool.spec = {{"instance_pool_name", pool.instance_pool_name},
                 {"node_type_id", pool.node_type_id},
                 {"min_idle_instances", pool.min_idle_instances},
                 {"idle_instance_autotermination_minutes", pool.idle_instance_autotermination_minutes}};
    if (pool.max_capacity) pool.spec["max_capacity"] = *pool.max_capacity;
    if (reader.has("preloaded_spark_versions")) pool.spec["preloaded_spark_versions"] = {pool.spark_version};
    for (const char* field : kEchoed)
        if (const nlohmann::json* value = reader.raw(field)) pool.spec[field] = *value;
    return pool;
}

InstancePool stored_instance_pool(const std::string& spec, const Catalog& catalog) {
    const nlohmann::json stored = nlohmann::json::parse(spec);
    return parse_instance_pool(JsonReader(stored), catalog);
}

std::string warm_cluster_spec(const InstancePool& pool) {
    return nlohmann::json{{"spark_version", pool.spark_version}, {"node_type_id", pool.node_type_id}}.dump();
}

}  // namespace stoker::clusters
