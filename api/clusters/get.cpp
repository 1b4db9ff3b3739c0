#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::cluster {

Answer get(Services& services, Request& request) {
    const ClusterId cluster_id = JsonReader(request.parameters).string("cluster_id");
    auto read = [cluster_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        return existing_cluster(tx, cluster_id, principal, action);
    };
    const db::ClusterRow cluster = co_await services.pool.read(read);
    co_return json_response(cluster_json(cluster, clusters::this_machine(), true));
}

}  // namespace stoker::api::cluster
