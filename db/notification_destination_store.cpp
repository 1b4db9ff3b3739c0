#include "db/notification_destination_store.h"

#include <nlohmann/json.hpp>

#include "db/transaction.h"

namespace stoker::db {
namespace {
NotificationDestinationRow destination_row(const pqxx::row& row) {
    NotificationDestinationRow destination;
    destination.destination_id = text_of(row["destination_id"]);
    destination.display_name = text_of(row["display_name"]);
    destination.destination_type = text_of(row["destination_type"]);
    destination.addresses = texts_of(row["addresses"]);
    destination.secrets = nlohmann::json::parse(text_of(row["secrets"])).get<std::map<std::string, std::string>>();
    return destination;
}

std::optional<NotificationDestinationRow> first_of(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return destination_row(rows[0]);
}
}  // namespace

std::string destination_secret_purpose(const std::string& destination_id, const std::string& field) {
    return "notification destination " + destination_id + " " + field;
}

void add_notification_destination(Transaction& tx, const NotificationDestinationRow& destination,
                                  const std::string& creator_user_name, EpochMillis now) {
    tx.query("add_notification_destination",
             {destination.destination_id, destination.display_name, destination.destination_type,
              Param::array(destination.addresses), nlohmann::json(destination.secrets).dump(), creator_user_name, now});
}

std::optional<NotificationDestinationRow> find_notification_destination(Transaction& tx,
                                                                        const std::string& destination_id) {
    return first_of(tx.query("find_notification_destination", {destination_id}));
}

std::optional<NotificationDestinationRow> lock_notification_destination(Transaction& tx,
                                                                        const std::string& destination_id) {
    return first_of(tx.query("lock_notification_destination", {destination_id}));
}

std::vector<NotificationDestinationRow> list_notification_destinations(Transaction& tx, int limit,
                                                                       std::int64_t offset) {
    std::vector<NotificationDestinationRow> destinations;
    for (const auto& row : tx.query("list_notification_destinations", {limit, offset}))
        destinations.push_back(destination_row(row));
    return destinations;
}

void change_notification_destination(Transaction& tx, const NotificationDestinationRow& destination) {
    tx.query("change_notification_destination",
             {destination.destination_id, destination.display_name, Param::array(destination.addresses),
              nlohmann::json(destination.secrets).dump()});
}

bool delete_notification_destination(Transaction& tx, const std::string& destination_id) {
    return !tx.query("delete_notification_destination", {destination_id}).empty();
}

}  // namespace stoker::db
