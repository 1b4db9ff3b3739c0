#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/listener.h"

// start, restart, delete (= terminate) and permanent-delete: one cluster, one change of state.
namespace stoker::api::cluster {
namespace {
using Change = db::ClusterChange (*)(db::Transaction& tx, const ClusterId& cluster_id, const std::string& user_name,
                                     EpochMillis now);

Answer change_cluster(Services& services, Request& request, Change change) {
    const JsonReader body(request.parameters);
    const ClusterId cluster_id = body.string("cluster_id");
    auto write = [cluster_id, change, principal = request.principal, action = request.endpoint->action,
                  now = services.clock.epoch_millis()](db::Transaction& tx) {
        const db::ClusterRow cluster = existing_cluster(tx, cluster_id, principal, action);
        switch (change(tx, cluster_id, principal.user_name, now)) {
            case db::ClusterChange::kDone:
                return;
            case db::ClusterChange::kDoesNotExist:
                throw ApiError::cluster_does_not_exist(cluster_id);
            case db::ClusterChange::kWrongState:
                throw ApiError(ErrorCode::kInvalidState,
                               "Cluster " + cluster_id + " is in unexpected state " + cluster.state + ".");
        }
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return Response{};
}

db::ClusterChange terminate_by_user(db::Transaction& tx, const ClusterId& cluster_id, const std::string& user_name,
                                    EpochMillis now) {
    const nlohmann::json reason{
        {"code", "USER_REQUEST"}, {"type", "SUCCESS"}, {"parameters", {{"username", user_name}}}};
    return db::terminate_cluster(tx, cluster_id, reason.dump(), now);
}

db::ClusterChange delete_for_good(db::Transaction& tx, const ClusterId& cluster_id, const std::string&,
                                  EpochMillis now) {
    return db::delete_cluster(tx, cluster_id, now);
}
}  // namespace

Answer start(Services& services, Request& request) {
    return change_cluster(services, request, db::start_cluster);
}
Answer restart(Services& services, Request& request) {
    return change_cluster(services, request, db::restart_cluster);
}
Answer terminate(Services& services, Request& request) {
    return change_cluster(services, request, terminate_by_user);
}
Answer permanent_delete(Services& services, Request& request) {
    return change_cluster(services, request, delete_for_good);
}

}  // namespace stoker::api::cluster
