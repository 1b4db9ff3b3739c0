#include "db/permission_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::vector<Permission> find_permissions(Transaction& tx, const std::string& object_type,
                                         const std::string& object_id) {
    std::vector<Permission> permissions;
    for (const auto& row : tx.query("find_permissions", {object_type, object_id}))
        permissions.push_back(
            {text_of(row["principal_kind"]), text_of(row["principal"]), text_of(row["permission_level"])});
    return permissions;
}

void set_permissions(Transaction& tx, const std::string& object_type, const std::string& object_id,
                     const std::vector<Permission>& permissions) {
    std::vector<std::string> kinds, principals, levels;
    for (const Permission& permission : permissions) {
        kinds.push_back(permission.principal_kind);
        principals.push_back(permission.principal);
        levels.push_back(permission.permission_level);
    }
    tx.query("delete_permissions", {object_type, object_id});
    tx.query("add_permissions",
             {object_type, object_id, Param::array(kinds), Param::array(principals), Param::array(levels)});
}

std::string job_permission_level(Transaction& tx, const std::string& user_name, JobId job_id) {
    return text_of(tx.query("job_permission_level", {user_name, job_id})[0]["level"]);
}

}  // namespace stoker::db
