#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "clusters/catalog.h"
#include "clusters/cluster_definition.h"
#include "core/json_reader.h"

namespace stoker::clusters {

/// What instance-pools/create and edit ask for, checked.
struct InstancePool {
    std::string instance_pool_name;
    std::string node_type_id;
    int min_idle_instances = 0;
    std::optional<int> max_capacity;
    int idle_instance_autotermination_minutes = 60;
    std::string spark_version;  // that its instances are warm for: the preloaded one, else the newest

    nlohmann::json spec;  // as it came, with what it leaves out: what the database stores and get echoes
};

/// Throws ApiError naming the path.
InstancePool parse_instance_pool(const JsonReader& reader, const Catalog& catalog);
/// From what the database stores.
InstancePool stored_instance_pool(const std::string& spec, const Catalog& catalog);
/// The definition of a cluster that an instance of the pool is prepared for, as clusters store it.
std::string warm_cluster_spec(const InstancePool& pool);

}  // namespace stoker::clusters
