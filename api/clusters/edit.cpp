#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/schema/common.h"
#include "api/wire/normalise.h"
#include "clusters/cluster_definition.h"
#include "core/error.h"
#include "db/listener.h"

namespace stoker::api::cluster {

Answer edit(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    const ClusterId cluster_id = body.string("cluster_id");
    const auto definition = clusters::parse_cluster_definition(body);
    const bool has_libraries = body.has("libraries");
    authorize_libraries(request.principal, definition.libraries);
    auto write = [cluster_id, definition, has_libraries, principal = request.principal,
                  action = request.endpoint->action, now = services.clock.epoch_millis()](db::Transaction& tx) {
        db::ClusterRow cluster = existing_cluster(tx, cluster_id, principal, action);
        if (cluster.cluster_source == "JOB")
            throw ApiError(ErrorCode::kInvalidState,
                           "Cluster " + cluster_id + " belongs to a job and cannot be edited.");
        if (cluster.state != "RUNNING" && cluster.state != "TERMINATED")
            throw ApiError(ErrorCode::kInvalidState,
                           "Cluster " + cluster_id + " is in unexpected state " + cluster.state + ".");
        if (!definition.cluster_name.empty()) cluster.cluster_name = definition.cluster_name;
        cluster.spec = normalised(clusters::to_json(definition), schema::kNewCluster).dump();
        if (has_libraries) cluster.libraries = clusters::libraries_json(definition.libraries).dump();
        cluster.num_workers = definition.num_workers;
        cluster.autotermination_minutes = definition.autotermination_minutes;
        db::edit_cluster(tx, cluster, now);
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return Response{};
}

}  // namespace stoker::api::cluster
