#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"

namespace stoker::clusters {

/// A shell script that each worker of a cluster runs before it serves.
struct InitScript {
    std::string source;       // workspace, dbfs, file, volumes
    std::string destination;  // as read_named_file takes it
    bool operator==(const InitScript&) const = default;
};

/// Throws ApiError naming the path, for what is no destination and for those of clouds.
std::vector<InitScript> parse_init_scripts(const JsonReader& reader, std::string_view field = "init_scripts");
/// From JSON text that was checked before.
std::vector<InitScript> init_scripts_of(const std::string& array_json);
/// As the reference writes it: {"dbfs": {"destination": …}}.
nlohmann::json to_json(const InitScript& script);
nlohmann::json init_scripts_json(const std::vector<InitScript>& scripts);
/// "dbfs script dbfs:/setup.sh"
std::string describe(const InitScript& script);

}  // namespace stoker::clusters
