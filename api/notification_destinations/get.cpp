#include "api/notification_destinations/destination.h"
#include "api/notification_destinations/endpoints.h"
#include "api/notification_destinations/requested.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::notification {

Answer get(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, destinations());
    const std::string id = requested_id(request);
    auto read = [id](db::Transaction& tx) { return db::find_notification_destination(tx, id); };
    const auto destination = co_await services.pool.read(read);
    if (!destination) throw does_not_exist(id);
    // As in the reference, everyone may see which there are, and admins how they are set up.
    const Shown shown = request.principal.is_admin ? Shown::kConfig : Shown::kNames;
    co_return json_response(destination_json(*destination, shown));
}

}  // namespace stoker::api::notification
