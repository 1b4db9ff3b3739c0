#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace stoker::clusters {

struct NodeType {
    std::string node_type_id;
    int cores = 1;
    std::int64_t memory_mb = 0;
    std::string category = "General Purpose";
    std::string description;
};

struct SparkVersion {
    std::string key;           // 15.4.x-scala2.12
    std::string name;          // 15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)
    std::string runtime;       // 15.4: what DATABRICKS_RUNTIME_VERSION answers
    std::string runtime_file;  // of clusters/runtimes
    std::string delta_lake;    // Maven coordinates of the Delta Lake for it
};

/// What this machine offers and which cloud names it understands.
struct Machine {
    int cores = 1;
    std::int64_t memory_mb = 1024;
};
Machine this_machine();

/// Node types that are listed: local.small, local.medium and local.large are a quarter, half and all of the machine;
/// then well-known cloud names, which mean their cores and memory.
std::vector<NodeType> listed_node_types(const Machine& machine);
/// A listed type, or any cloud name whose pattern tells cores and memory (`r5d.4xlarge`, `Standard_E8s_v3`,
/// `n2-highmem-4`).
std::optional<NodeType> find_node_type(std::string_view node_type_id, const Machine& machine);
inline constexpr std::string_view kDefaultNodeType = "local.large";

const std::vector<SparkVersion>& spark_versions();
const SparkVersion* find_spark_version(std::string_view key);

// Answers of clusters/list-node-types, spark-versions and list-zones.
nlohmann::json node_types_json(const Machine& machine);
nlohmann::json spark_versions_json();
nlohmann::json zones_json();

}  // namespace stoker::clusters
