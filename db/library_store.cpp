#include "db/library_store.h"

#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {

std::optional<std::string> read_library_file(Transaction& tx, const std::string& reader, const std::string& path) {
    auto rows = tx.query("read_library_file", {reader, path});
    if (rows.empty() || rows[0]["content"].is_null()) return std::nullopt;
    return bytes_of(rows[0]["content"]);
}

std::string lock_cluster_libraries(Transaction& tx, const ClusterId& cluster_id) {
    return text_of(tx.query("lock_cluster_libraries", {cluster_id})[0]["libraries"]);
}

void set_cluster_libraries(Transaction& tx, const ClusterId& cluster_id, const std::string& libraries) {
    tx.query("set_cluster_libraries", {cluster_id, libraries});
}

void forget_failed_libraries(Transaction& tx, const ClusterId& cluster_id, const std::string& libraries) {
    tx.query("forget_failed_libraries", {cluster_id, libraries});
}

std::vector<LibraryStatusRow> library_statuses(Transaction& tx, const std::optional<ClusterId>& cluster_id,
                                               const std::optional<std::string>& visible_to) {
    std::vector<LibraryStatusRow> statuses;
    for (const auto& row : tx.query_once("library_statuses", {cluster_id, visible_to}))
        statuses.push_back(
            {text_of(row["cluster_id"]), text_of(row["library"]), text_of(row["status"]), text_of(row["message"])});
    return statuses;
}

void libraries_are(Transaction& tx, const ClusterId& cluster_id, std::int64_t generation, const std::string& libraries,
                   const std::string& status) {
    tx.query("libraries_are", {cluster_id, generation, libraries, status});
}

bool libraries_failed(Transaction& tx, const ClusterId& cluster_id, std::int64_t generation, const std::string& guilty,
                      const std::string& message) {
    return tx
        .query("libraries_failed",
               {cluster_id, generation, guilty, storable(std::string_view(message))})[0]["any_failed"]
        .as<bool>();
}

void libraries_are_installed(Transaction& tx, const WorkerId& worker_id, const std::string& libraries) {
    tx.query("libraries_are_installed", {worker_id, libraries});
}

}  // namespace stoker::db
