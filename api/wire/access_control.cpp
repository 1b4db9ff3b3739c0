#include "api/wire/access_control.h"

#include <algorithm>
#include <array>

namespace stoker::api {
namespace {
constexpr std::array kKinds{"user_name", "group_name", "service_principal_name"};
}

std::vector<db::Permission> parse_access_control(const JsonReader& body) {
    std::vector<db::Permission> permissions;
    for (const JsonReader& entry : body.objects("access_control_list")) {
        db::Permission permission;
        for (const char* kind : kKinds) {
            const std::string name = entry.optional_string(kind).value_or("");
            if (name.empty()) continue;
            if (!permission.principal.empty())
                entry.refuse(kind, "only one of user_name, group_name and service_principal_name may be sent.");
            permission.principal_kind = kind;
            permission.principal = name;
        }
        if (permission.principal.empty())
            entry.refuse("user_name", "the field is required, or group_name or service_principal_name.");
        permission.permission_level = entry.string("permission_level");
        const bool is_group = permission.principal_kind == "group_name";
        if (is_group && permission.principal != "admins" && permission.principal != "users")
            entry.refuse("group_name", "Group " + permission.principal + " does not exist.");
        if (permission.permission_level == "IS_OWNER") {
            if (is_group) entry.refuse("permission_level", "a group cannot be the owner.");
            if (std::ranges::any_of(permissions, [](const auto& one) { return one.permission_level == "IS_OWNER"; }))
                entry.refuse("permission_level", "a job has exactly one owner.");
        }
        const auto same = std::ranges::find_if(permissions, [&](const auto& one) {
            return one.principal_kind == permission.principal_kind && one.principal == permission.principal;
        });
        if (same != permissions.end())
            *same = permission;
        else
            permissions.push_back(std::move(permission));
    }
    return permissions;
}

}  // namespace stoker::api
