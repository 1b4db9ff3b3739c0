#include "db/dbfs_handle_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::int64_t open_dbfs_handle(Transaction& tx, const std::string& user_name, const DbfsHandle& opened) {
    return number_of(
        tx.query("open_dbfs_handle", {user_name, opened.path, opened.overwrite, opened.file_name})[0]["handle"]);
}

std::optional<DbfsHandle> use_dbfs_handle(Transaction& tx, std::int64_t handle, const std::string& user_name) {
    const auto rows = tx.query("use_dbfs_handle", {handle, user_name});
    if (rows.empty()) return std::nullopt;
    return DbfsHandle{text_of(rows[0]["path"]), rows[0]["overwrite"].as<bool>(), text_of(rows[0]["file_name"])};
}

void close_dbfs_handle(Transaction& tx, std::int64_t handle) {
    tx.query("close_dbfs_handle", {handle});
}

}  // namespace stoker::db
