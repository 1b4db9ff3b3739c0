#include <algorithm>
#include <functional>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/clusters/node_fit.h"
#include "api/clusters/policies.h"
#include "api/clusters/update_mask.h"
#include "api/instance_pools/pool_json.h"
#include "api/schema/common.h"
#include "api/wire/normalise.h"
#include "core/error.h"
#include "db/listener.h"

// edit and update: another definition for a cluster, which restarts with it when it runs.
namespace stoker::api::cluster {
namespace {
using Json = nlohmann::json;

/// What is sent takes the place of the cluster's; a policy's come beside either.
std::string libraries_after(const Json& sent, const clusters::ClusterDefinition& definition,
                            const db::ClusterRow& cluster) {
    if (sent.contains("libraries")) return clusters::libraries_json(definition.libraries).dump();
    auto all = clusters::libraries_of(cluster.libraries);
    for (const clusters::Library& library : definition.libraries)
        if (std::ranges::find(all, library) == all.end()) all.push_back(library);
    return clusters::libraries_json(all).dump();
}

/// What the transaction needs, by value: it may run more than once.
struct Edit {
    ClusterId cluster_id;
    Json request;
    /// The definition that `request` asks for in the place of the cluster's own.
    Json (*asked)(const JsonReader& request, const db::ClusterRow& cluster);
    std::string path;  // of that definition in the request
    Principal principal;
    Action action;
    EpochMillis now;
    const clusters::Catalog& catalog;

    void operator()(db::Transaction& tx) const {
        db::ClusterRow cluster = existing_cluster(tx, cluster_id, principal, action);
        if (cluster.cluster_source == "JOB")
            throw ApiError(ErrorCode::kInvalidState,
                           "Cluster " + cluster_id + " belongs to a job and cannot be edited.");
        if (cluster.state != "RUNNING" && cluster.state != "TERMINATED") throw unexpected_state(cluster);
        const Json sent = normalised(asked(JsonReader(request), cluster), schema::kNewCluster);
        const auto definition = clusters::parse_governed_definition(
            JsonReader(sent, path), clusters::ClusterType::kAllPurpose, definition_rules(tx, catalog, sent));
        if (cluster.state == "RUNNING")
            check_max_clusters(tx, definition.sent, cluster.creator_user_name, cluster.cluster_id);
        authorize_libraries(principal, definition.libraries);
        check_instance_pools(tx, definition);
        must_fit_some_node(tx, definition, catalog);
        if (!definition.cluster_name.empty()) cluster.cluster_name = definition.cluster_name;
        cluster.spec = normalised(clusters::to_json(definition), schema::kNewCluster).dump();
        cluster.libraries = libraries_after(sent, definition, cluster);
        cluster.num_workers = definition.num_workers;
        cluster.autotermination_minutes = definition.autotermination_minutes;
        db::edit_cluster(tx, cluster, principal.user_name, now);
    }
};

Json as_sent(const JsonReader& request, const db::ClusterRow&) {
    return request.json();
}

Json as_masked(const JsonReader& request, const db::ClusterRow& cluster) {
    Json definition = Json::parse(cluster.spec);
    if (!definition.contains("autoscale")) definition["num_workers"] = cluster.num_workers;  // it may have been resized
    return masked_definition(std::move(definition), request);
}

Answer write(Services& services, Edit edit) {
    co_await services.pool.run(edit);
    std::vector<std::string> changed{edit.cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return Response{};
}

Edit edit_of(Services& services, const Request& request, Json (*asked)(const JsonReader&, const db::ClusterRow&),
             const std::string& path) {
    return {JsonReader(request.parameters).string("cluster_id"),
            request.parameters,
            asked,
            path,
            request.principal,
            request.endpoint->action,
            services.clock.epoch_millis(),
            services.settings.catalog};
}
}  // namespace

Answer edit(Services& services, Request& request) {
    return write(services, edit_of(services, request, as_sent, ""));
}

Answer update(Services& services, Request& request) {
    return write(services, edit_of(services, request, as_masked, "cluster"));
}

}  // namespace stoker::api::cluster
