#include <array>
#include <cstdio>
#include <ctime>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/clusters/node_fit.h"
#include "api/schema/common.h"
#include "api/wire/normalise.h"
#include "clusters/cluster_definition.h"
#include "core/random.h"
#include "db/cluster_store.h"
#include "db/listener.h"

namespace stoker::api::cluster {
namespace {
/// MMDD-HHMMSS-xxxxxxxx
ClusterId new_cluster_id(EpochMillis now) {
    const std::time_t seconds = now / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 16> time{};
    std::strftime(time.data(), time.size(), "%m%d-%H%M%S-", &utc);
    return time.data() + random_hex(4);
}
}  // namespace

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader body(request.parameters);
    const auto definition = clusters::parse_cluster_definition(body);
    authorize_libraries(request.principal, definition.libraries);
    const EpochMillis now = services.clock.epoch_millis();
    db::NewCluster cluster;
    cluster.cluster_id = new_cluster_id(now);
    cluster.cluster_name = definition.cluster_name.empty() ? cluster.cluster_id : definition.cluster_name;
    cluster.spec = normalised(clusters::to_json(definition), schema::kNewCluster).dump();
    cluster.libraries = clusters::libraries_json(definition.libraries).dump();
    cluster.creator_user_name = request.principal.user_name;
    cluster.num_workers = definition.num_workers;
    cluster.autotermination_minutes = definition.autotermination_minutes;
    auto write = [cluster, now, definition, sent = request.parameters](db::Transaction& tx) {
        must_fit_some_node(tx, JsonReader(sent), definition);
        db::create_cluster(tx, cluster, now);
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster.cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return json_response({{"cluster_id", cluster.cluster_id}});
}

}  // namespace stoker::api::cluster
