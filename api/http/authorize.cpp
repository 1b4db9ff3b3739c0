#include "api/http/authorize.h"

#include "core/error.h"

namespace stoker::api {
namespace {
bool is_within(const std::string& path, const std::string& folder) {
    return path == folder || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

bool may_use_path(const Principal& principal, Action action, const std::string& path) {
    const std::string home = "/Users/" + principal.user_name;
    const bool is_root = path == "/" || path == "/Users" || path == "/Shared" || path == "/Repos" || path == home;
    const bool reads = action == Action::kRead || action == Action::kList;
    if (is_root) return reads || action == Action::kCreate;  // mkdirs of what exists is no change
    return is_within(path, "/Shared") || is_within(path, home);
}

bool is_owner(const Principal& principal, const OwnedObject& object) {
    return principal.user_name == object.creator_user_name || principal.user_name == object.run_as_user_name;
}

bool allows(const std::string& permission_level, Action action) {
    if (permission_level == "CAN_MANAGE" || permission_level == "IS_OWNER") return true;
    if (action == Action::kRun) return permission_level == "CAN_MANAGE_RUN";
    return (action == Action::kRead || action == Action::kList) && !permission_level.empty();
}

struct Decision {
    const Principal& principal;
    Action action;

    void operator()(const OwnedObject& object) const {
        if (!is_owner(principal, object) && !allows(object.permission_level, action)) refuse(object.what);
    }
    void operator()(const WorkspacePath& object) const {
        if (!may_use_path(principal, action, object.path)) refuse("path (" + object.path + ")");
    }
    void operator()(const OwnWorkspace&) const {}
    void operator()(const Identity& identity) const {
        if (identity.user_name != principal.user_name) refuse("user " + identity.user_name);
    }
    void operator()(const WorkspaceSetting& setting) const {
        if (action != Action::kRead && action != Action::kList) refuse(setting.what);
    }
    void operator()(const NodeService& service) const {
        if (!principal.node_id) refuse(service.what);
    }
    [[noreturn]] void refuse(const std::string& what) const {
        const char* verb = action == Action::kManage ? "Manage"
                           : action == Action::kRun  ? "Run"
                           : action == Action::kUse  ? "Use"
                                                     : "View";
        throw ApiError(ErrorCode::kPermissionDenied,
                       "User " + principal.user_name + " does not have " + verb + " permission on " + what + ".");
    }
};
}  // namespace

void authorize(const Principal& principal, Action action, const Object& object) {
    if (principal.is_admin && !std::holds_alternative<NodeService>(object)) return;
    std::visit(Decision{principal, action}, object);
}

bool needs_permission(const Principal& principal, const OwnedObject& object) {
    return !principal.is_admin && !is_owner(principal, object);
}

std::optional<std::string> visible_to(const Principal& principal) {
    if (principal.is_admin) return std::nullopt;
    return principal.user_name;
}

}  // namespace stoker::api
