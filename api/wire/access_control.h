#pragma once
#include <vector>

#include "core/json_reader.h"
#include "db/permission_store.h"

namespace stoker::api {

/// `access_control_list` of a request whose schema has been checked: a principal and a level each, at most one
/// IS_OWNER, who is no group. Groups there are two: admins and users.
std::vector<db::Permission> parse_access_control(const JsonReader& body);

}  // namespace stoker::api
