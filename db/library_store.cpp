#include "db/library_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::optional<std::string> read_library_file(Transaction& tx, const std::string& reader, const std::string& path) {
    auto rows = tx.query("read_library_file", {reader, path});
    if (rows.empty() || rows[0]["content"].is_null()) return std::nullopt;
    return bytes_of(rows[0]["content"]);
}

}  // namespace stoker::db
