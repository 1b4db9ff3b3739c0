#pragma once
#include <string>

#include "api/http/authorize.h"
#include "api/http/request.h"
#include "core/error.h"

namespace stoker::api::notification {

/// What the endpoints of destinations ask `authorize` about.
WorkspaceSetting destinations();
/// The id in the path. Throws ApiError for one that no destination can have.
std::string requested_id(const Request& request);
ApiError does_not_exist(const std::string& destination_id);

}  // namespace stoker::api::notification
