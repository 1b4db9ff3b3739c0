#pragma once
#include <optional>
#include <string>

namespace stoker::db {

class Transaction;

/// Content of a workspace file (a wheel, a jar, a requirements.txt), for nodes and workers; nullopt when there is
/// none that `reader` may read.
std::optional<std::string> read_library_file(Transaction& tx, const std::string& reader, const std::string& path);

}  // namespace stoker::db
