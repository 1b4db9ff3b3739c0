#include "db/notification_store.h"

#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {

std::optional<LeasedNotification> lease_notification(Transaction& tx, EpochMillis now, EpochMillis until,
                                                     const std::vector<std::string>& busy, bool emails) {
    auto rows = tx.query("lease_notification", {now, until, Param::array(busy), emails});
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    LeasedNotification leased;
    leased.notification_id = number_of(row["notification_id"]);
    leased.delivery_id = text_of(row["delivery_id"]);
    leased.tries = row["tries"].as<int>();
    read_id(row["job_run_id"], leased.job_run_id);
    read_id(row["task_run_id"], leased.task_run_id);
    leased.event = text_of(row["event"]);
    leased.destination_id = text_of(row["destination_id"]);
    leased.destination_type = text_of(row["destination_type"]);
    if (!row["secrets"].is_null()) leased.secrets = text_of(row["secrets"]);
    leased.address = text_of(row["address"]);
    leased.life_cycle_state = text_of(row["life_cycle_state"]);
    leased.result_state = text_of(row["result_state"]);
    leased.state_message = text_of(row["state_message"]);
    leased.error = text_of(row["error"]);
    leased.created_time = number_of(row["created_time"]);
    read_id(row["job_id"], leased.job_id);
    leased.job_name = text_of(row["job_name"]);
    leased.run_name = text_of(row["run_name"]);
    leased.task_key = text_of(row["task_key"]);
    leased.attempt_number = static_cast<int>(number_of(row["attempt_number"]));
    return leased;
}

bool has_due_notification(Transaction& tx, EpochMillis now) {
    return tx.query("has_due_notification", {now})[0]["is_due"].as<bool>();
}

void record_delivery(Transaction& tx, const DeliveryRecord& record) {
    tx.query("record_delivery", {record.notification_id, record.tries, record.state, record.next_time,
                                 Param::or_null(storable(std::string_view(record.error))), record.delivered_time});
}

std::vector<NotificationRow> list_notifications(Transaction& tx, RunId job_run_id, std::optional<RunId> task_run_id,
                                                std::int64_t after, int limit) {
    std::vector<NotificationRow> notifications;
    for (const auto& row : tx.query("list_notifications", {job_run_id, task_run_id, after, limit})) {
        NotificationRow notification;
        notification.notification_id = number_of(row["notification_id"]);
        notification.delivery_id = text_of(row["delivery_id"]);
        read_id(row["task_run_id"], notification.task_run_id);
        notification.task_key = text_of(row["task_key"]);
        notification.event = text_of(row["event"]);
        notification.destination_id = text_of(row["destination_id"]);
        notification.destination_type = text_of(row["destination_type"]);
        notification.display_name = text_of(row["display_name"]);
        notification.address = text_of(row["address"]);
        notification.state = text_of(row["state"]);
        notification.tries = row["tries"].as<int>();
        notification.last_error = text_of(row["last_error"]);
        notification.created_time = number_of(row["created_time"]);
        notification.next_time = number_of(row["next_time"]);
        notification.delivered_time = number_of(row["delivered_time"]);
        notifications.push_back(std::move(notification));
    }
    return notifications;
}

int tell_of_long_runs(Transaction& tx, EpochMillis now, int limit) {
    return static_cast<int>(number_of(tx.query("tell_of_long_runs", {now, limit})[0]["looked_at"]));
}

int prune_notifications(Transaction& tx, EpochMillis created_before, int limit) {
    return static_cast<int>(number_of(tx.query("prune_notifications", {created_before, limit})[0]["pruned"]));
}

}  // namespace stoker::db
