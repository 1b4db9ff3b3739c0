#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

// What is told of runs, and how it went. Written by the routines of db/routines/notifications.sql.
namespace stoker::db {

class Transaction;

/// One word to one recipient, leased to who is to deliver it.
struct LeasedNotification {
    std::int64_t notification_id = 0;
    std::string delivery_id;  // uuid; the same for every try
    int tries = 0;            // with this one
    RunId job_run_id;
    RunId task_run_id;             // 0 = of the run itself
    std::string event;             // "on_failure"
    std::string destination_id;    // "" = an address alone
    std::string destination_type;  // "" = none, or it has been deleted
    std::string secrets = "{}";    // of the destination: JSON, name → sealed text
    std::string address;           // of an email; "" = none
    std::string life_cycle_state;  // as it stood then
    std::string result_state;      // "" = it runs
    std::string state_message;
    std::string error;
    EpochMillis created_time = 0;
    JobId job_id;  // 0 = the run has been pruned
    std::string job_name;
    std::string run_name;
    std::string task_key;
    int attempt_number = 0;
};

/// The longest due one that is neither for a destination of `busy` nor, without `emails`, an email. It is due again at
/// `until`, unless its delivery is recorded.
std::optional<LeasedNotification> lease_notification(Transaction& tx, EpochMillis now, EpochMillis until,
                                                     const std::vector<std::string>& busy, bool emails);
bool has_due_notification(Transaction& tx, EpochMillis now);

/// How a try went. `next_time` of what stays PENDING.
struct DeliveryRecord {
    std::int64_t notification_id = 0;
    int tries = 0;
    std::string state;  // PENDING, DELIVERED, FAILED
    EpochMillis next_time = 0;
    std::string error;  // "" = none
    EpochMillis delivered_time = 0;
};
/// Nothing when another try has begun meanwhile.
void record_delivery(Transaction& tx, const DeliveryRecord& record);

struct NotificationRow {
    std::int64_t notification_id = 0;
    std::string delivery_id;
    RunId task_run_id;  // 0 = of the run itself
    std::string task_key;
    std::string event;
    std::string destination_id;
    std::string destination_type;
    std::string display_name;  // of the destination
    std::string address;
    std::string state;
    int tries = 0;
    std::string last_error;
    EpochMillis created_time = 0;
    EpochMillis next_time = 0;
    EpochMillis delivered_time = 0;
};
/// Of a run, or of one of its task runs alone; oldest first, those after the id `after`.
std::vector<NotificationRow> list_notifications(Transaction& tx, RunId job_run_id, std::optional<RunId> task_run_id,
                                                std::int64_t after, int limit);

/// Tells of what still runs past its health rule. Returns how many of `limit` warnings were due.
int tell_of_long_runs(Transaction& tx, EpochMillis now, int limit);

/// Removes what was written before `created_before`, `limit` rows at most. Returns how many.
int prune_notifications(Transaction& tx, EpochMillis created_before, int limit);

}  // namespace stoker::db
