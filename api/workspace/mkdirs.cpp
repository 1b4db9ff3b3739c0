#include "api/services.h"
#include "api/workspace/endpoints.h"
#include "api/workspace/object.h"
#include "core/error.h"
#include "db/pool.h"

namespace stoker::api::workspace {

Answer mkdirs(Services& services, Request& request) {
    const RequestedPath path = parse_path(JsonReader(request.parameters));
    authorize(request.principal, request.endpoint->action, WorkspacePath{path.canonical});
    if (path.canonical == "/") co_return Response{};
    auto write = [path, user = request.principal.user_name, now = services.clock.epoch_millis()](db::Transaction& tx) {
        if (!db::make_directories(tx, path.canonical, user, now))
            throw ApiError(ErrorCode::kResourceAlreadyExists,
                           "A notebook or file is in the way of directory (" + path.sent + ").");
    };
    co_await services.pool.run(write);
    co_return Response{};
}

}  // namespace stoker::api::workspace
