#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"

namespace stoker::clusters {

enum class LibraryKind { kPypi, kWhl, kRequirements, kMaven, kJar };

/// One element of `libraries[]`, of a cluster or of a task.
struct Library {
    LibraryKind kind = LibraryKind::kPypi;
    std::string name;  // package requirement, file (dbfs:/, /Workspace/, file:/) or group:artifact:version
    std::string repo;  // pypi index or maven repository; "" = the machine's own
    std::vector<std::string> exclusions;  // maven: group:artifact, either may be *
    bool operator==(const Library&) const = default;
};

/// Throws ApiError that names the path of what is wrong, e.g. `libraries[0].pypi.package`.
std::vector<Library> parse_libraries(const JsonReader& reader, std::string_view field = "libraries");
/// The same from stored JSON text, an array.
std::vector<Library> libraries_of(const std::string& array_json);

/// The reference's shape of one element.
nlohmann::json to_json(const Library& library);
nlohmann::json libraries_json(const std::vector<Library>& libraries);
/// How a person calls it in a message: `pypi package six==1.16.0`.
std::string describe(const Library& library);

/// The workspace path (without /Workspace) of a name that leads into the workspace; nullopt for all others.
std::optional<std::string> workspace_path_of(std::string_view file_name);
/// The same of a library that is a file.
std::optional<std::string> workspace_path_of(const Library& library);

/// `group:artifact:version`, `group:artifact:packaging:version` or with a classifier as fourth of five parts.
struct MavenCoordinates {
    std::string group;
    std::string artifact;
    std::string version;
    std::string packaging = "jar";
    std::string classifier;
    bool operator==(const MavenCoordinates&) const = default;
};
std::optional<MavenCoordinates> parse_maven_coordinates(std::string_view text);

}  // namespace stoker::clusters
