#include "api/workspace/object.h"

#include "api/wire/workspace_path.h"
#include "core/error.h"

namespace stoker::api {

RequestedPath parse_path(const JsonReader& parameters) {
    RequestedPath path;
    path.sent = parameters.string("path");
    if (!is_workspace_path(path.sent))
        parameters.refuse("path", "expected an absolute path, got '" + path.sent.substr(0, 200) + "'.");
    path.canonical = canonical_path(path.sent);
    return path;
}

bool is_standing_folder(const std::string& path) {
    return path == "/" || path == "/Users" || path == "/Shared" || path == "/Repos";
}

db::WorkspaceObject existing_object(db::Transaction& tx, const RequestedPath& path) {
    if (auto object = db::find_object(tx, path.canonical)) return *object;
    if (!is_standing_folder(path.canonical)) throw ApiError::path_does_not_exist(path.sent);
    db::WorkspaceObject folder;
    folder.path = path.canonical;
    folder.object_type = "DIRECTORY";
    return folder;
}

nlohmann::json object_json(const db::WorkspaceObject& object, const std::string& requested_path) {
    nlohmann::json json{{"object_id", object.object_id.value},
                        {"object_type", object.object_type},
                        {"path", shown_path(object.path, requested_path)},
                        {"resource_id", to_string(object.object_id)}};
    if (object.object_type == "NOTEBOOK") json["language"] = object.language;
    if (object.object_type == "FILE") json["size"] = object.size;
    if (object.created_at != 0) json["created_at"] = object.created_at;
    if (object.modified_at != 0) json["modified_at"] = object.modified_at;
    return json;
}

}  // namespace stoker::api
