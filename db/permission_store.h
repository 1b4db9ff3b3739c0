#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// What a user, service principal or group may do with an object, beside its creator and admins.
struct Permission {
    std::string principal_kind;  // user_name, group_name, service_principal_name
    std::string principal;
    std::string permission_level;
    bool operator==(const Permission&) const = default;
};
/// Of an object of that type ("jobs"), in order of their principals.
std::vector<Permission> find_permissions(Transaction& tx, const std::string& object_type, const std::string& object_id);
/// These and no others.
void set_permissions(Transaction& tx, const std::string& object_type, const std::string& object_id,
                     const std::vector<Permission>& permissions);

/// What the user may do with a job (of any kind): its strongest level, IS_OWNER for the owner and CAN_MANAGE for whom
/// it runs as; "" = nothing.
std::string job_permission_level(Transaction& tx, const std::string& user_name, JobId job_id);

}  // namespace stoker::db
