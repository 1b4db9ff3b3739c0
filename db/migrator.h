#pragma once
#include <string>

namespace stoker::db {

/// Raised by start-up code with one line for a person: what was wrong and what to do.
/// Creates or upgrades the schema: numbered migrations in order under an advisory lock, then the routines (replaced
/// when their text changed), then the rights of the roles stoker_server and stoker_worker (created when missing; their
/// login passwords are set when given). Throws db::NewerDatabase when the database was written by a newer stoker.
struct RolePasswords {
    std::string server;  // "" = leave as it is
    std::string worker;
};
void migrate(const std::string& owner_dsn, const RolePasswords& passwords);
/// Version of the newest migration in this binary.
int newest_migration();

}  // namespace stoker::db
