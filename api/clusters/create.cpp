#include <array>
#include <cstdio>
#include <ctime>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/clusters/node_fit.h"
#include "api/clusters/policies.h"
#include "api/instance_pools/pool_json.h"
#include "api/schema/common.h"
#include "api/services.h"
#include "api/wire/normalise.h"
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
    const nlohmann::json sent = normalised(request.parameters, schema::kNewCluster);
    const auto rules = co_await definition_rules(services, sent);
    const auto definition =
        clusters::parse_governed_definition(JsonReader(sent), clusters::ClusterType::kAllPurpose, rules);
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
    auto write = [cluster, definition, now, &catalog = services.settings.catalog](db::Transaction& tx) {
        check_max_clusters(tx, definition.sent, cluster.creator_user_name, cluster.cluster_id);
        check_instance_pools(tx, definition);
        must_fit_some_node(tx, definition, catalog);
        db::create_cluster(tx, cluster, now);
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster.cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return json_response({{"cluster_id", cluster.cluster_id}});
}

}  // namespace stoker::api::cluster
