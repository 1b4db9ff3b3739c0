#include "api/clusters/cluster_json.h"
#include "api/libraries/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/library_store.h"
#include "db/pool.h"

namespace stoker::api::libraries {
namespace {
nlohmann::json status_json(const db::LibraryStatusRow& row) {
    nlohmann::json status{{"library", nlohmann::json::parse(row.library)},
                          {"status", row.status},
                          {"is_library_for_all_clusters", false}};
    if (!row.message.empty()) status["messages"] = {row.message};
    return status;
}
}  // namespace

Answer cluster_status(Services& services, Request& request) {
    const ClusterId cluster_id = JsonReader(request.parameters).string("cluster_id");
    auto read = [cluster_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        existing_cluster(tx, cluster_id, principal, action);
        return db::library_statuses(tx, cluster_id, std::nullopt);
    };
    const std::vector<db::LibraryStatusRow> rows = co_await services.pool.read(read);
    nlohmann::json answer{{"cluster_id", cluster_id}};
    for (const auto& row : rows) answer["library_statuses"].push_back(status_json(row));
    co_return json_response(answer);
}

Answer all_cluster_statuses(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    auto read = [seen_by = visible_to(request.principal)](db::Transaction& tx) {
        return db::library_statuses(tx, std::nullopt, seen_by);
    };
    const std::vector<db::LibraryStatusRow> rows = co_await services.pool.read(read);
    nlohmann::json statuses = nlohmann::json::array();
    for (const auto& row : rows) {
        if (statuses.empty() || statuses.back()["cluster_id"] != row.cluster_id)
            statuses.push_back({{"cluster_id", row.cluster_id}, {"library_statuses", nlohmann::json::array()}});
        statuses.back()["library_statuses"].push_back(status_json(row));
    }
    co_return json_response({{"statuses", std::move(statuses)}});
}

}  // namespace stoker::api::libraries
