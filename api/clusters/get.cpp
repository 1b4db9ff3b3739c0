#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::cluster {

Answer get(Services& services, Request& request) {
    const ClusterId cluster_id = JsonReader(request.parameters).string("cluster_id");
    auto read = [cluster_id](db::Transaction& tx) { return db::show_cluster(tx, cluster_id); };
    const auto shown = co_await services.pool.read(read);
    if (!shown) throw ApiError::cluster_does_not_exist(cluster_id);
    authorize(request.principal, request.endpoint->action, owned(shown->cluster));
    co_return json_response(cluster_json(*shown, services.settings.catalog, true));
}

}  // namespace stoker::api::cluster
