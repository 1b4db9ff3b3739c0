#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/catalog.h"
#include "clusters/cluster_log_conf.h"
#include "clusters/init_script.h"
#include "clusters/library.h"
#include "clusters/provider_names.h"
#include "clusters/sites/kubernetes_settings.h"
#include "clusters/sites/slurm_options.h"
#include "core/json_reader.h"

namespace stoker::clusters {

struct Autoscale {
    int min_workers = 0;
    int max_workers = 0;
};

/// How many workers beside the head: as a definition, and a resize, say it.
struct WorkerCount {
    int num_workers = 0;  // to begin with
    std::optional<Autoscale> autoscale;
};
/// Throws ApiError naming the path; `autoscale` and `num_workers` exclude each other.
WorkerCount parse_worker_count(const JsonReader& reader);

/// What clusters/create, clusters/edit and `new_cluster` ask for, checked.
struct ClusterDefinition {
    std::string cluster_name;  // "" when not sent
    std::string spark_version;
    std::string node_type_id;             // the default one when not sent
    std::string instance_pool_id;         // "" = workers are started when they are asked for
    std::string driver_instance_pool_id;  // of the head worker; the same unless sent
    int num_workers = 0;                  // beside the head; with autoscale to begin with
    std::optional<Autoscale> autoscale;
    int autotermination_minutes = 0;
    std::map<std::string, std::string> spark_conf;
    std::map<std::string, std::string> spark_env_vars;
    std::map<std::string, std::string> custom_tags;
    std::vector<Library> libraries;
    std::vector<InitScript> init_scripts;
    std::string log_folder;                 // of cluster_log_conf, beneath the DBFS root; "" = logs are not delivered
    int slots = 0;                          // tag stoker.slots; 0 = as many as the node type has cores
    std::int64_t kernel_memory_mb = 0;      // tag stoker.kernel_memory_mb; 0 = no limit
    std::string provider = kLocalProvider;  // tag stoker.provider
    SlurmOptions slurm;                     // where it is Slurm
    std::string pod_template = kDefaultPodTemplate;  // where it is Kubernetes: tag stoker.pod_template

    nlohmann::json sent;  // the definition as it came, without libraries: what `clusters.spec` stores and get echoes
};

/// Reads the definition from a request's object; fields of the request that are none of its own (cluster_id) are
/// ignored. Throws ApiError naming the path: on bad input, and on every option that this version would accept without
/// acting on it.
ClusterDefinition parse_cluster_definition(const JsonReader& reader, const Catalog& catalog);
/// Whether a definition may have it, also where it is refused with any value.
bool is_definition_field(std::string_view field);
/// From what the database stores.
ClusterDefinition stored_definition(const std::string& spec, const std::string& libraries, const Catalog& catalog);

/// As sent, without libraries.
nlohmann::json to_json(const ClusterDefinition& definition);

}  // namespace stoker::clusters
