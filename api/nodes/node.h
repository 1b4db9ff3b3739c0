#pragma once
#include "api/http/authorize.h"
#include "api/http/request.h"
#include "core/error.h"

// What the endpoints of nodes have in common.
namespace stoker::api::nodes {

WorkspaceSetting all_nodes();
/// The one that the path names.
NodeId requested_node(const Request& request);
ApiError no_such_node(const NodeId& node_id);

}  // namespace stoker::api::nodes
