#pragma once
#include <string_view>
#include <vector>

namespace stoker::db {

/// The text of a query of db/queries/*.sql, by the name in its `-- name:` line. An unknown name is a programming error:
/// std::logic_error.
std::string_view query_text(std::string_view name);
std::vector<std::string_view> query_names();

}  // namespace stoker::db
