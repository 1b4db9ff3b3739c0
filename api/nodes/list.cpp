#include "api/nodes/endpoints.h"
#include "api/nodes/node.h"
#include "api/services.h"
#include "db/node_list_store.h"
#include "db/pool.h"

namespace stoker::api::nodes {

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, all_nodes());
    auto read = [](db::Transaction& tx) { return db::list_nodes(tx); };
    nlohmann::json nodes = nlohmann::json::array();
    for (const db::NodeInfo& node : co_await services.pool.read(read)) {
        nodes.push_back({{"node_id", node.node_id},
                         {"host", node.host},
                         {"state", node.state},
                         {"joined", node.joined},
                         {"cores", node.cores},
                         {"memory_mb", node.memory_mb},
                         {"gpus", node.gpus},
                         {"labels", node.labels},
                         {"workers", node.workers},
                         {"task_runs", node.task_runs},
                         {"last_heard_of", node.last_heard_of}});
    }
    co_return json_response({{"nodes", std::move(nodes)}});
}

}  // namespace stoker::api::nodes
