#include "api/notification_destinations/destination.h"
#include "api/notification_destinations/endpoints.h"
#include "api/notification_destinations/requested.h"
#include "api/schema/check.h"
#include "api/schema/notifications.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::notification {

Answer change(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, destinations());
    const std::string id = requested_id(request);
    const JsonReader body(request.parameters);
    check(body, schema::kUpdateNotificationDestination, request.ignored_fields);
    const DestinationChange change = parse_destination(body);
    if (!change.display_name && change.config_field.empty())
        throw ApiError::invalid_parameter("Send display_name, config or both.");
    auto write = [id, change, key = services.settings.sealing_key](db::Transaction& tx) {
        auto destination = db::lock_notification_destination(tx, id);
        if (!destination) throw does_not_exist(id);
        apply(change, key, *destination);
        db::change_notification_destination(tx, *destination);
        return *destination;
    };
    const db::NotificationDestinationRow changed = co_await services.pool.run(write);
    co_return json_response(destination_json(changed, Shown::kConfig));
}

}  // namespace stoker::api::notification
