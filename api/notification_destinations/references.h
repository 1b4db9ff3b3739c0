#pragma once
#include <vector>

#include "api/wire/notifications.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api {

/// Throws ApiError INVALID_PARAMETER_VALUE that names the field of the first destination that does not exist. Everyone
/// may name any: to be told of their own runs.
void check_destinations(db::Transaction& tx, const std::vector<DestinationReference>& references);

}  // namespace stoker::api
