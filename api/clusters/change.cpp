#include <algorithm>
#include <functional>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/clusters/policies.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/listener.h"
#include "db/principal_store.h"
#include "db/worker_pool_store.h"

// start, restart, delete (= terminate), permanent-delete, resize and change-owner: one cluster, one change.
namespace stoker::api::cluster {
namespace {
/// Who asks, and when.
struct Asked {
    std::string user_name;
    EpochMillis now = 0;
};
using Change = std::function<db::ClusterChange(db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked)>;

Answer change_cluster(Services& services, Request& request, Change change) {
    const JsonReader body(request.parameters);
    const ClusterId cluster_id = body.string("cluster_id");
    auto write = [cluster_id, change, principal = request.principal, action = request.endpoint->action,
                  now = services.clock.epoch_millis()](db::Transaction& tx) {
        const db::ClusterRow cluster = existing_cluster(tx, cluster_id, principal, action);
        switch (change(tx, cluster_id, {principal.user_name, now})) {
            case db::ClusterChange::kDone:
                return;
            case db::ClusterChange::kDoesNotExist:
                throw ApiError::cluster_does_not_exist(cluster_id);
            case db::ClusterChange::kWrongState:
                throw unexpected_state(cluster);
        }
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return Response{};
}

/// Throws ApiError when the cluster's policy does not allow the size.
void check_policy(db::Transaction& tx, const clusters::Catalog& catalog, const db::ClusterRow& cluster,
                  const nlohmann::json& new_size) {
    nlohmann::json definition = nlohmann::json::parse(cluster.spec);
    for (const char* field : {"num_workers", "autoscale"}) definition.erase(field);
    definition.update(new_size);
    const bool is_of_job = cluster.cluster_source == "JOB";
    static_cast<void>(clusters::parse_governed_definition(
        JsonReader(definition), is_of_job ? clusters::ClusterType::kJob : clusters::ClusterType::kAllPurpose,
        definition_rules(tx, catalog, definition)));
}

std::string user_request(const std::string& user_name) {
    return nlohmann::json{{"code", "USER_REQUEST"}, {"type", "SUCCESS"}, {"parameters", {{"username", user_name}}}}
        .dump();
}
}  // namespace

Answer start(Services& services, Request& request) {
    return change_cluster(services, request, [](db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked) {
        const db::ClusterChange change = db::start_cluster(tx, cluster_id, asked.user_name, asked.now);
        if (change == db::ClusterChange::kDone) {
            const db::ClusterRow cluster = db::find_cluster(tx, cluster_id).value();
            check_max_clusters(tx, nlohmann::json::parse(cluster.spec), cluster.creator_user_name, cluster_id);
        }
        return change;
    });
}

Answer restart(Services& services, Request& request) {
    return change_cluster(services, request, [](db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked) {
        return db::restart_cluster(tx, cluster_id, asked.user_name, asked.now);
    });
}

Answer terminate(Services& services, Request& request) {
    return change_cluster(services, request, [](db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked) {
        return db::terminate_cluster(tx, cluster_id, user_request(asked.user_name), asked.now);
    });
}

Answer permanent_delete(Services& services, Request& request) {
    return change_cluster(services, request, [](db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked) {
        return db::delete_cluster(tx, cluster_id, user_request(asked.user_name), asked.now);
    });
}

Answer resize(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    if (!body.has("num_workers") && !body.has("autoscale")) body.refuse("num_workers", "the field is required.");
    const clusters::WorkerCount size = clusters::parse_worker_count(body);
    return change_cluster(
        services, request,
        [size, &catalog = services.settings.catalog](db::Transaction& tx, const ClusterId& cluster_id,
                                                     const Asked& asked) {
            const db::ClusterRow cluster = db::find_cluster(tx, cluster_id).value();
            db::ClusterResize resize{cluster_id, size.num_workers, "", "USER_REQUEST", asked.user_name, ""};
            nlohmann::json new_size{{"num_workers", size.num_workers}};
            if (size.autoscale) {
                const auto [min_workers, max_workers] = *size.autoscale;
                new_size = {{"autoscale", {{"min_workers", min_workers}, {"max_workers", max_workers}}}};
                resize.target_num_workers = std::clamp(cluster.num_workers, min_workers, max_workers);
            }
            resize.new_size = new_size.dump();
            check_policy(tx, catalog, cluster, new_size);
            resize.message = asked.user_name + " asked for " + std::to_string(resize.target_num_workers) + " workers";
            return db::resize_cluster(tx, resize) ? db::ClusterChange::kDone : db::ClusterChange::kWrongState;
        });
}

Answer change_owner(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, WorkspaceSetting{"the owners of clusters"});
    const std::string owner = JsonReader(request.parameters).string("owner_username");
    return change_cluster(
        services, request, [owner](db::Transaction& tx, const ClusterId& cluster_id, const Asked& asked) {
            const auto user = db::find_user(tx, owner);
            if (!user || !user->active)
                throw ApiError::invalid_parameter("owner_username: User " + owner + " does not exist.");
            return db::change_cluster_owner(tx, cluster_id, owner, asked.user_name, asked.now);
        });
}

}  // namespace stoker::api::cluster
