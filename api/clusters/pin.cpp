#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

// Pinned clusters stay in the list, however long ago they ended. Admins choose them.
namespace stoker::api::cluster {
namespace {
constexpr int kMostPinned = 100;

WorkspaceSetting pins() {
    return {"the pins of clusters"};
}
}  // namespace

Answer pin(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, pins());
    const ClusterId cluster_id = JsonReader(request.parameters).string("cluster_id");
    auto write = [cluster_id, principal = request.principal, action = request.endpoint->action,
                  now = services.clock.epoch_millis()](db::Transaction& tx) {
        existing_cluster(tx, cluster_id, principal, action);
        if (!db::pin_cluster(tx, cluster_id, principal.user_name, kMostPinned, now))
            throw ApiError(ErrorCode::kQuotaExceeded, "At most " + std::to_string(kMostPinned) +
                                                          " clusters can be pinned; unpin one to pin cluster " +
                                                          cluster_id + ".");
    };
    co_await services.pool.run(write);
    co_return Response{};
}

Answer unpin(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, pins());
    const ClusterId cluster_id = JsonReader(request.parameters).string("cluster_id");
    auto write = [cluster_id, principal = request.principal, action = request.endpoint->action,
                  now = services.clock.epoch_millis()](db::Transaction& tx) {
        existing_cluster(tx, cluster_id, principal, action);
        db::unpin_cluster(tx, cluster_id, principal.user_name, now);
    };
    co_await services.pool.run(write);
    co_return Response{};
}

}  // namespace stoker::api::cluster
