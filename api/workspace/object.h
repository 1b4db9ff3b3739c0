#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"
#include "db/workspace_store.h"

namespace stoker::api {

/// `path` of a request.
struct RequestedPath {
    std::string sent;
    std::string canonical;
};
/// Throws ApiError that names the field when it is not an absolute path.
RequestedPath parse_path(const JsonReader& parameters);

/// The root and its folders: they exist whether or not anything was ever put there.
bool is_standing_folder(const std::string& canonical_path);

/// The object at the path; the root and its folders always exist. Throws ApiError RESOURCE_DOES_NOT_EXIST.
db::WorkspaceObject existing_object(db::Transaction& tx, const RequestedPath& path);

/// As get-status and list show it.
nlohmann::json object_json(const db::WorkspaceObject& object, const std::string& requested_path);

}  // namespace stoker::api
