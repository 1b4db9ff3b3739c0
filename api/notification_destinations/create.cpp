#include "api/notification_destinations/destination.h"
#include "api/notification_destinations/endpoints.h"
#include "api/notification_destinations/requested.h"
#include "api/schema/check.h"
#include "api/schema/notifications.h"
#include "api/services.h"
#include "core/random.h"
#include "db/pool.h"

namespace stoker::api::notification {

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, destinations());
    const JsonReader body(request.parameters);
    check(body, schema::kCreateNotificationDestination, request.ignored_fields);
    const DestinationChange change = parse_destination(body);
    db::NotificationDestinationRow destination;
    destination.destination_id = random_uuid();
    destination.destination_type = change.destination_type;
    apply(change, services.settings.sealing_key, destination);
    auto write = [destination, creator = request.principal.user_name, now = services.clock.epoch_millis()](
                     db::Transaction& tx) { db::add_notification_destination(tx, destination, creator, now); };
    co_await services.pool.run(write);
    co_return json_response(destination_json(destination, Shown::kConfig));
}

}  // namespace stoker::api::notification
