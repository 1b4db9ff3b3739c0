#include "api/nodes/endpoints.h"

#include <array>

#include "api/schema/nodes.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Endpoint managed(std::string_view method, std::string_view path, Handler handler, Operation operation) {
    return Endpoint{method, path, Versions::kNone, Action::kManage, handler}.with(operation);
}
constexpr Endpoint for_nodes(Endpoint endpoint, Operation operation) {
    endpoint.serves_nodes = true;
    return endpoint.with(operation);
}
constexpr std::array kEndpoints{
    managed("GET", "/api/stoker/v1/nodes", nodes::list, {"The machines that host workers.", nullptr, &kNodes}),
    managed("POST", "/api/stoker/v1/nodes/{node_id}/cordon", nodes::cordon, {"Gives a node no new workers."}),
    managed("POST", "/api/stoker/v1/nodes/{node_id}/uncordon", nodes::uncordon, {"Gives a node workers again."}),
    managed("POST", "/api/stoker/v1/nodes/{node_id}/drain", nodes::drain,
            {"Gives a node no new workers; those it has leave once their runs have ended."}),
    managed("DELETE", "/api/stoker/v1/nodes/{node_id}", nodes::remove,
            {"Takes its access from a node that joined; what it runs is given up."}),
    managed("POST", "/api/stoker/v1/nodes/tokens", nodes::create_token,
            {"A token that lets one machine join.", &kCreateJoinToken, &kJoinToken}),
    for_nodes({"GET", "/api/stoker/v1/nodes/tables", Versions::kNone, Action::kUse, nullptr, nodes::tables},
              {"A connection to the catalog of tables, for a node that joined: asked for with `Upgrade: tcp`."}),
    for_nodes({"POST", "/api/stoker/v1/nodes/git-token", Versions::kNone, Action::kUse, nodes::git_token},
              {"Opens a Git credential that a run on a node that joined needs.", &kSealedGitToken, &kGitToken}),
    Endpoint{"GET", "/api/stoker/v1/nodes/authorities", Versions::kNone, Action::kNone, nodes::authorities, nullptr,
             Access::kPublic}
        .with({"Who vouches for the database and this API, for a machine that is to join.", nullptr, &kAuthorities}),
    Endpoint{"POST", "/api/stoker/v1/nodes/join", Versions::kNone, Action::kNone, nodes::join, nullptr, Access::kPublic}
        .with({"Makes a machine that has such a token a node.", &kJoinNode, &kJoinedNode}),
};
}  // namespace

std::span<const Endpoint> node_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
