#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"
#include "db/notification_destination_store.h"

namespace stoker::api {

/// What a create or update says of a destination. `config` holds exactly one kind.
struct DestinationChange {
    std::optional<std::string> display_name;
    std::string config_field;      // "slack"; "" = no config was sent
    std::string destination_type;  // "SLACK"
    std::optional<std::vector<std::string>> addresses;
    std::map<std::string, std::string> secrets;  // in clear; "" = to be taken away
};

/// After check() of the body. Throws ApiError that names the field.
DestinationChange parse_destination(const JsonReader& body);

/// Applies the change; secrets are sealed under `sealing_key`, and what was not sent stays. Throws ApiError when the
/// destination would be of another type, or lack what its type needs, and for secrets when there is no key.
void apply(const DestinationChange& change, std::string_view sealing_key, db::NotificationDestinationRow& destination);

/// kNames: what everyone may see. kConfig: for admins; of secrets only whether they are set.
enum class Shown { kNames, kConfig };
nlohmann::json destination_json(const db::NotificationDestinationRow& destination, Shown shown);

}  // namespace stoker::api
