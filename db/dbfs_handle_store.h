#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace stoker::db {

class Transaction;

/// A file under way. Every server of the database knows it; ten idle minutes end it.
struct DbfsHandle {
    std::string path;
    bool overwrite = false;
    std::string file_name;  // in the hidden folder of the DBFS root
};
/// The handle. Forgets idle ones on the way.
std::int64_t open_dbfs_handle(Transaction& tx, const std::string& user_name, const DbfsHandle& opened);
/// The user's own handle, not idle for too long; it is in use from now on.
std::optional<DbfsHandle> use_dbfs_handle(Transaction& tx, std::int64_t handle, const std::string& user_name);
void close_dbfs_handle(Transaction& tx, std::int64_t handle);

}  // namespace stoker::db
