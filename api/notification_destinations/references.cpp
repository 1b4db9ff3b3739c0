#include "api/notification_destinations/references.h"

#include <set>

#include "core/error.h"
#include "db/notification_destination_store.h"

namespace stoker::api {

void check_destinations(db::Transaction& tx, const std::vector<DestinationReference>& references) {
    std::set<std::string> known;
    for (const auto& [field, destination_id] : references) {
        if (known.contains(destination_id)) continue;
        if (!db::find_notification_destination(tx, destination_id))
            throw ApiError::invalid_parameter(field + ": Notification destination " + destination_id.substr(0, 64) +
                                              " does not exist.");
        known.insert(destination_id);
    }
}

}  // namespace stoker::api
