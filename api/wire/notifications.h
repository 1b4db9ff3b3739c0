#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json_reader.h"

namespace stoker::api {

/// A notification destination that settings name, for the endpoint to look for in its transaction
/// (api/notification_destinations/references.h).
struct DestinationReference {
    std::string field;  // path in the request
    std::string destination_id;
};

/// Throws ApiError that names the first one that is no email address.
std::vector<std::string> parse_addresses(const JsonReader& object, std::string_view field);

/// Reads whom the settings of a job, or a task, tell of its runs: appends the destinations of `webhook_notifications`,
/// and checks the addresses of `email_notifications`. Everything else of these, and of `notification_settings` and
/// `health`, the schema has checked. Returns whether anybody is to be told of anything.
bool parse_notifications(const JsonReader& settings, std::vector<DestinationReference>& destinations);

}  // namespace stoker::api
