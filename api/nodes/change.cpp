#include "api/announce.h"
#include "api/nodes/endpoints.h"
#include "api/nodes/node.h"
#include "api/services.h"
#include "db/listener.h"
#include "db/node_list_store.h"
#include "db/pool.h"

namespace stoker::api::nodes {
namespace {

Answer place(Services& services, Request& request, db::NodePlacement placement) {
    authorize(request.principal, request.endpoint->action, all_nodes());
    const NodeId node_id = requested_node(request);
    auto write = [node_id, placement](db::Transaction& tx) { return db::set_node_placement(tx, node_id, placement); };
    auto changed = co_await services.pool.run(write);
    if (!changed) throw no_such_node(node_id);
    co_await announce(services, db::kClustersChannel, std::move(*changed));
    co_return Response{};
}

}  // namespace

Answer cordon(Services& services, Request& request) {
    return place(services, request, db::NodePlacement::kCordoned);
}

Answer uncordon(Services& services, Request& request) {
    return place(services, request, db::NodePlacement::kOpen);
}

Answer drain(Services& services, Request& request) {
    return place(services, request, db::NodePlacement::kDraining);
}

}  // namespace stoker::api::nodes
