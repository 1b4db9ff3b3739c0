#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/sites/kubernetes_settings.h"

namespace stoker::clusters {

struct NodeType {
    std::string node_type_id;
    int cores = 1;
    std::int64_t memory_mb = 0;
    std::string category = "General Purpose";
    std::string description;
    int gpus = 0;
    std::map<std::string, std::string> labels;  // that a machine must have
    bool must_fit = false;  // the operator's own; other names are wishes: a smaller machine gives what it has
};

struct SparkVersion {
    std::string key;               // 15.4.x-scala2.12
    std::string name;              // 15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)
    std::string runtime;           // 15.4: what DATABRICKS_RUNTIME_VERSION answers
    std::string requirements;      // text of the list of packages that its environments begin with
    std::string delta_lake;        // Maven coordinates of the Delta Lake for it
    std::filesystem::path python;  // that its environments are made with; "" = the node's
};

/// What a machine offers.
struct Machine {
    int cores = 1;
    std::int64_t memory_mb = 1024;
    int gpus = 0;
    std::map<std::string, std::string> labels = {};  // that its operator has given it
};
Machine this_machine(std::map<std::string, std::string> labels = {});

/// What the operator's settings file adds; of the same name as one of Stoker's own, it takes the place of that.
struct ComputeSettings {
    std::string default_node_type;  // "" = kDefaultNodeType
    std::vector<NodeType> node_types;
    std::vector<SparkVersion> spark_versions;
    KubernetesSettings kubernetes;
};
inline constexpr std::string_view kDefaultNodeType = "local.large";

/// The Spark versions that Stoker brings. Its own services (MLflow, the catalog of tables) run in the first one.
const std::vector<SparkVersion>& own_spark_versions();

/// Node types and Spark versions that definitions may name. Constant after construction.
class Catalog {
  public:
    explicit Catalog(const Machine& machine, const ComputeSettings& settings = {});

    const Machine& machine() const { return machine_; }
    const std::string& default_node_type() const { return default_node_type_; }

    /// Those of the settings; local.small, local.medium and local.large, which are a quarter, half and all of the
    /// machine; then well-known cloud names, which mean their cores and memory.
    std::vector<NodeType> listed_node_types() const;
    /// A listed type, or any cloud name whose pattern tells cores and memory (`r5d.4xlarge`, `Standard_E8s_v3`,
    /// `n2-highmem-4`).
    std::optional<NodeType> find_node_type(std::string_view node_type_id) const;

    /// Stoker's own first.
    const std::vector<SparkVersion>& spark_versions() const { return spark_versions_; }
    const SparkVersion* find_spark_version(std::string_view key) const;

    bool has_pod_template(const std::string& name) const { return pod_templates_.contains(name); }

  private:
    std::vector<NodeType> local_types() const;

    Machine machine_;
    std::string default_node_type_;
    std::vector<NodeType> node_types_;  // of the settings
    std::vector<SparkVersion> spark_versions_;
    std::set<std::string> pod_templates_;
};

// Answers of clusters/list-node-types, spark-versions and list-zones.
nlohmann::json node_types_json(const Catalog& catalog);
nlohmann::json spark_versions_json(const Catalog& catalog);
nlohmann::json zones_json();

}  // namespace stoker::clusters
