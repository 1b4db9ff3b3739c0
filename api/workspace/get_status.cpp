#include "api/services.h"
#include "api/workspace/endpoints.h"
#include "api/workspace/object.h"
#include "db/pool.h"

namespace stoker::api::workspace {

Answer get_status(Services& services, Request& request) {
    const RequestedPath path = parse_path(JsonReader(request.parameters));
    authorize(request.principal, request.endpoint->action, WorkspacePath{path.canonical});
    auto read = [path](db::Transaction& tx) { return existing_object(tx, path); };
    const db::WorkspaceObject object = co_await services.pool.read(read);
    co_return json_response(object_json(object, path.sent));
}

}  // namespace stoker::api::workspace
