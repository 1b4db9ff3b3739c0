#include "api/notification_destinations/endpoints.h"
#include "api/notification_destinations/requested.h"
#include "api/services.h"
#include "db/notification_destination_store.h"
#include "db/pool.h"

namespace stoker::api::notification {

/// Jobs may still name it: what they have to tell it fails, and says so.
Answer remove(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, destinations());
    const std::string id = requested_id(request);
    auto write = [id](db::Transaction& tx) { return db::delete_notification_destination(tx, id); };
    const bool was_there = co_await services.pool.run(write);
    if (!was_there) throw does_not_exist(id);
    co_return Response{};
}

}  // namespace stoker::api::notification
