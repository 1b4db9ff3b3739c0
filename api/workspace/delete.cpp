#include "api/services.h"
#include "api/wire/workspace_path.h"
#include "api/workspace/endpoints.h"
#include "api/workspace/object.h"
#include "core/error.h"
#include "db/pool.h"

namespace stoker::api::workspace {
namespace {
/// The root, the folders that everyone relies on, and home folders.
bool is_kept(const std::string& path) {
    return is_standing_folder(path) || parent_of(path) == "/Users";
}
}  // namespace

Answer remove(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RequestedPath path = parse_path(parameters);
    const bool recursive = parameters.boolean_or("recursive", false);
    authorize(request.principal, request.endpoint->action, WorkspacePath{path.canonical});
    if (is_kept(path.canonical))
        throw ApiError(ErrorCode::kBadRequest, "Folder (" + path.sent + ") is protected and cannot be deleted.");
    auto write = [path, recursive](db::Transaction& tx) {
        existing_object(tx, path);
        if (!recursive && db::has_children(tx, path.canonical))
            throw ApiError(ErrorCode::kDirectoryNotEmpty, "Folder (" + path.sent + ") is not empty.");
        db::delete_tree(tx, path.canonical);
    };
    co_await services.pool.run(write);
    co_return Response{};
}

}  // namespace stoker::api::workspace
