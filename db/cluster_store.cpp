#include "db/cluster_store.h"

#include "db/cluster_row.h"
#include "db/transaction.h"

namespace stoker::db {

ClusterRow cluster_row(const pqxx::row& row) {
    ClusterRow cluster;
    cluster.cluster_id = text_of(row["cluster_id"]);
    cluster.cluster_name = text_of(row["cluster_name"]);
    cluster.spec = text_of(row["spec"]);
    cluster.libraries = text_of(row["libraries"]);
    cluster.state = text_of(row["state"]);
    cluster.state_message = text_of(row["state_message"]);
    cluster.termination_reason = text_of(row["termination_reason"]);
    cluster.cluster_source = text_of(row["cluster_source"]);
    cluster.creator_user_name = text_of(row["creator_user_name"]);
    cluster.run_as_user_name = text_of(row["run_as_user_name"]);
    cluster.num_workers = row["num_workers"].as<int>();
    cluster.autotermination_minutes = row["autotermination_minutes"].as<int>();
    cluster.generation = number_of(row["generation"]);
    cluster.start_time = number_of(row["start_time"]);
    cluster.last_restarted_time = number_of(row["last_restarted_time"]);
    cluster.terminated_time = number_of(row["terminated_time"]);
    cluster.last_activity_time = number_of(row["last_activity_time"]);
    return cluster;
}

namespace {
ClusterChange why_not(Transaction& tx, const ClusterId& cluster_id) {
    return find_cluster(tx, cluster_id) ? ClusterChange::kWrongState : ClusterChange::kDoesNotExist;
}
}  // namespace

void create_cluster(Transaction& tx, const NewCluster& cluster, EpochMillis now) {
    tx.query("create_cluster",
             {cluster.cluster_id, cluster.cluster_name, cluster.spec, cluster.libraries, cluster.cluster_source,
              cluster.creator_user_name, cluster.num_workers, cluster.autotermination_minutes, now});
}

std::optional<ClusterRow> find_cluster(Transaction& tx, const ClusterId& cluster_id) {
    auto rows = tx.query("find_cluster", {cluster_id});
    if (rows.empty()) return std::nullopt;
    return cluster_row(rows[0]);
}

void edit_cluster(Transaction& tx, const ClusterRow& cluster, const std::string& user_name, EpochMillis now) {
    tx.query("edit_cluster", {cluster.cluster_id, cluster.cluster_name, cluster.spec, cluster.libraries,
                              cluster.num_workers, cluster.autotermination_minutes, now, user_name});
}

ClusterChange start_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name, EpochMillis) {
    auto rows = tx.query("start_cluster", {cluster_id, user_name});
    return texts_of(rows[0]["started"]).empty() ? why_not(tx, cluster_id) : ClusterChange::kDone;
}

ClusterChange restart_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name,
                              EpochMillis now) {
    auto rows = tx.query("restart_cluster", {cluster_id, user_name, now});
    return rows.empty() ? why_not(tx, cluster_id) : ClusterChange::kDone;
}

ClusterChange terminate_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& reason,
                                EpochMillis now) {
    if (!find_cluster(tx, cluster_id)) return ClusterChange::kDoesNotExist;
    tx.query("terminate_cluster", {cluster_id, reason, now});
    return ClusterChange::kDone;
}

ClusterChange delete_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& reason, EpochMillis now) {
    auto done = terminate_cluster(tx, cluster_id, reason, now);
    if (done == ClusterChange::kDone) tx.query("delete_cluster", {cluster_id});
    return done;
}

bool pin_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name, int most,
                 EpochMillis now) {
    return tx.query("pin_cluster", {cluster_id, user_name, most, now})[0]["pinned"].as<bool>();
}

void unpin_cluster(Transaction& tx, const ClusterId& cluster_id, const std::string& user_name, EpochMillis now) {
    tx.query("unpin_cluster", {cluster_id, user_name, now});
}

ClusterChange change_cluster_owner(Transaction& tx, const ClusterId& cluster_id, const std::string& owner_username,
                                   const std::string& user_name, EpochMillis now) {
    auto rows = tx.query("change_cluster_owner", {cluster_id, owner_username, user_name, now});
    return rows.empty() ? why_not(tx, cluster_id) : ClusterChange::kDone;
}

ClusterEvents list_cluster_events(Transaction& tx, const ClusterId& cluster_id, EpochMillis from, EpochMillis to,
                                  bool ascending, const std::vector<std::string>& types, int offset, int limit) {
    ClusterEvents page;
    for (const auto& row :
         tx.query_once("list_cluster_events", {cluster_id, from, to, ascending, Param::array(types), offset, limit}))
        page.events.push_back({number_of(row["timestamp"]), text_of(row["type"]), text_of(row["details"])});
    auto count = tx.query_once("count_cluster_events", {cluster_id, from, to, Param::array(types)});
    page.total_count = number_of(count[0]["total_count"]);
    return page;
}

void add_cluster_event(Transaction& tx, const ClusterId& cluster_id, const std::string& type,
                       const std::string& details, EpochMillis now) {
    tx.query("add_cluster_event", {cluster_id, type, details.empty() ? "{}" : details, now});
}

std::vector<ClusterId> terminate_idle_clusters(Transaction& tx, EpochMillis now) {
    std::vector<ClusterId> ended;
    for (const auto& row : tx.query("terminate_idle_clusters", {now})) ended.push_back(text_of(row["cluster_id"]));
    return ended;
}

}  // namespace stoker::db
