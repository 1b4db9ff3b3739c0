#pragma once
#include <optional>
#include <string>
#include <variant>

#include "api/http/principal.h"

namespace stoker::api {

/// What an endpoint does to the object it names.
enum class Action { kNone, kList, kRead, kCreate, kRun, kUse, kManage };

/// A job, run or cluster: its creator and the identity it runs as are its owners.
struct OwnedObject {
    std::string what;  // "job 5", for the refusal
    std::string creator_user_name;
    std::string run_as_user_name;
    std::string permission_level =
        {};  // that the caller has been given: CAN_VIEW, CAN_MANAGE_RUN, CAN_MANAGE, IS_OWNER
};
/// A workspace path without the /Workspace prefix.
struct WorkspacePath {
    std::string path;
};
/// The caller's own part of the workspace: create, list, Me.
struct OwnWorkspace {};
/// An identity that something is to run as.
struct Identity {
    std::string user_name;
};
/// What admins set up for everyone.
struct WorkspaceSetting {
    std::string what;  // "notification destinations", for the refusal
};
/// What nodes that joined ask for their workers, and nobody else.
struct NodeService {
    std::string what;  // "the catalog of tables", for the refusal
};
using Object = std::variant<OwnedObject, WorkspacePath, OwnWorkspace, Identity, WorkspaceSetting, NodeService>;

/// The only place where permission is decided; every endpoint calls it. Returns, or throws ApiError PERMISSION_DENIED.
/// Admins may do everything that is not for nodes alone; owners everything with what is theirs; everyone may read and
/// write /Shared and the home folder of their own, list what leads there, and read the settings of the workspace.
void authorize(const Principal& principal, Action action, const Object& object);

/// Whether the caller's right rests on a permission alone, which has to be looked up then.
bool needs_permission(const Principal& principal, const OwnedObject& object);

/// The filter for lists: nullopt = sees everything.
std::optional<std::string> visible_to(const Principal& principal);

}  // namespace stoker::api
