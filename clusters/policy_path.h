#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace stoker::clusters {

/// Where a rule of a policy looks, by names of fields, keys and indices: `autoscale.max_workers`,
/// `spark_conf.spark.sql.shuffle.partitions` (a key may have dots), `init_scripts.0.workspace.destination`.
/// `*` is each key of a map, or each element of a list.
struct PolicyPath {
    std::string text;
    std::vector<std::string> parts;

    bool has_wildcard() const;
};
PolicyPath policy_path(std::string_view text);

/// nullptr when it is not there, or is null.
const nlohmann::json* find(const nlohmann::json& definition, const PolicyPath& path);
/// Sets it, with what leads there. false: that is of another shape, or the element before it in its list is missing.
bool put(nlohmann::json& definition, const PolicyPath& path, const nlohmann::json& value);

/// What a path with wildcards means in a definition: the paths of what is there.
std::vector<PolicyPath> matches(const nlohmann::json& definition, const PolicyPath& path);

}  // namespace stoker::clusters
