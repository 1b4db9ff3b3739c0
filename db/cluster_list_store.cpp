#include "db/cluster_list_store.h"

#include <nlohmann/json.hpp>

#include "db/cluster_row.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
ShownCluster shown_cluster(const pqxx::row& row) {
    ShownCluster shown;
    shown.cluster = cluster_row(row);
    shown.pinned_by_user_name = text_of(row["pinned_by_user_name"]);
    shown.cluster_log_status = text_of(row["cluster_log_status"]);
    if (!row["job_id"].is_null()) read_id(row["job_id"], shown.job_id);
    shown.run_name = text_of(row["run_name"]);
    for (const auto& node : nlohmann::json::parse(text_of(row["nodes"])))
        shown.nodes.push_back(
            {node["worker_id"], node["node_id"], node["host"], node["is_head"], node["start_timestamp"]});
    return shown;
}
}  // namespace

std::optional<ShownCluster> show_cluster(Transaction& tx, const ClusterId& cluster_id) {
    const auto rows = tx.query("show_cluster", {cluster_id});
    if (rows.empty()) return std::nullopt;
    return shown_cluster(rows[0]);
}

std::vector<ShownCluster> list_clusters(Transaction& tx, const ClusterFilter& filter, const ClusterPage& page) {
    std::vector<ShownCluster> clusters;
    for (const auto& row :
         tx.query_once("list_clusters",
                       {filter.visible_to, Param::array(filter.cluster_states), Param::array(filter.cluster_sources),
                        filter.is_pinned, Param::or_null(filter.policy_id), page.order == ClusterOrder::kByName,
                        page.direction == Direction::kDescending, page.limit, page.offset}))
        clusters.push_back(shown_cluster(row));
    return clusters;
}

}  // namespace stoker::db
