#include "api/nodes/node.h"

#include "api/http/parameters.h"

namespace stoker::api::nodes {

WorkspaceSetting all_nodes() {
    return {"nodes"};
}

NodeId requested_node(const Request& request) {
    return path_text(request, "node_id");
}

ApiError no_such_node(const NodeId& node_id) {
    return ApiError(ErrorCode::kResourceDoesNotExist,
                    "There is no node '" + node_id + "'; `stoker node list` names those there are.");
}

}  // namespace stoker::api::nodes
