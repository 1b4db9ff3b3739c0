#include "api/services.h"
#include "api/workspace/endpoints.h"
#include "api/workspace/object.h"
#include "db/pool.h"

namespace stoker::api::workspace {

Answer list(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RequestedPath path = parse_path(parameters);
    const auto modified_after = parameters.optional_int("notebooks_modified_after");
    authorize(request.principal, request.endpoint->action, WorkspacePath{path.canonical});
    auto read = [path](db::Transaction& tx) {
        const db::WorkspaceObject object = existing_object(tx, path);
        return object.object_type == "DIRECTORY" ? db::list_objects(tx, path.canonical) : std::vector{object};
    };
    const auto objects = co_await services.pool.read(read);
    nlohmann::json answer = nlohmann::json::object();
    for (const auto& object : objects)
        if (!modified_after || object.object_type != "NOTEBOOK" || object.modified_at > *modified_after)
            answer["objects"].push_back(object_json(object, path.sent));
    co_return json_response(answer);
}

}  // namespace stoker::api::workspace
