#pragma once
#include <string>

namespace stoker::db {

/// Makes sure that a database of another program (MLflow's) exists beside Stoker's, owned by a login role of its own
/// that may enter no other; sets the role's password. `owner_dsn` needs CREATEDB and CREATEROLE.
void ensure_side_database(const std::string& owner_dsn, const std::string& database, const std::string& role,
                          const std::string& password);

}  // namespace stoker::db
