#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct NotificationDestinationRow {
    std::string destination_id;  // uuid
    std::string display_name;
    std::string destination_type;                // EMAIL, MICROSOFT_TEAMS, PAGERDUTY, SLACK, WEBHOOK
    std::vector<std::string> addresses;          // of an EMAIL one
    std::map<std::string, std::string> secrets;  // name of the field → sealed text
};

/// What the secret `field` of a destination is sealed for: it opens nowhere else.
std::string destination_secret_purpose(const std::string& destination_id, const std::string& field);

void add_notification_destination(Transaction& tx, const NotificationDestinationRow& destination,
                                  const std::string& creator_user_name, EpochMillis now);
std::optional<NotificationDestinationRow> find_notification_destination(Transaction& tx,
                                                                        const std::string& destination_id);
/// The same, and nobody else changes it until the transaction is over.
std::optional<NotificationDestinationRow> lock_notification_destination(Transaction& tx,
                                                                        const std::string& destination_id);
/// Oldest first.
std::vector<NotificationDestinationRow> list_notification_destinations(Transaction& tx, int limit, std::int64_t offset);
/// Name, addresses and secrets; the type stays.
void change_notification_destination(Transaction& tx, const NotificationDestinationRow& destination);
/// false: there is none.
bool delete_notification_destination(Transaction& tx, const std::string& destination_id);

}  // namespace stoker::db
