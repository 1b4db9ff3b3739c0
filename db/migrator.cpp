#include "db/migrator.h"

#include <charconv>
#include <map>
#include <span>
#include <stdexcept>

#include <pqxx/pqxx>

#include "core/embedded.h"
#include "core/hash.h"
#include "db/errors.h"
#include "db/query_catalog.h"
#include "db/scram_verifier.h"

namespace stoker::embedded {
std::span<const EmbeddedFile> migrations();
std::span<const EmbeddedFile> routines();
}  // namespace stoker::embedded

namespace stoker::db {
namespace {
std::string query(std::string_view name) {
    return std::string(query_text(name));
}

// "migrations/0001_foundation.sql" → 1.
int version_of(const EmbeddedFile& file) {
    std::string_view digits = file.name.substr(file.name.rfind('/') + 1);
    int version = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), version);
    return version;
}

void apply_migrations(pqxx::work& work) {
    std::map<int, std::string> applied;
    for (const auto& row : work.exec(query("applied_migrations"))) {
        int version = row["version"].as<int>();
        if (version > newest_migration())
            throw NewerDatabase("the database is at schema version " + std::to_string(version) +
                                ", this stoker knows " + std::to_string(newest_migration()) + ": run the newer stoker");
        applied[version] = row["checksum"].c_str();
    }
    for (const EmbeddedFile& file : embedded::migrations()) {
        int version = version_of(file);
        std::string checksum = sha256_hex(file.content);
        if (auto found = applied.find(version); found != applied.end()) {
            if (found->second != checksum)
                throw std::runtime_error("migration " + std::string(file.name) +
                                         " differs from the one this database was made with");
            continue;
        }
        work.exec_params(query("record_migration"), version, std::string(file.name), checksum);
        work.exec(std::string(file.content));
    }
}

// A routine whose signature changes is dropped by a migration; here it is only created or replaced.
void apply_routines(pqxx::work& work) {
    std::map<std::string, std::string> applied;
    for (const auto& row : work.exec(query("applied_routines"))) applied[row["name"].c_str()] = row["checksum"].c_str();
    for (const EmbeddedFile& file : embedded::routines()) {
        std::string name(file.name), checksum = sha256_hex(file.content);
        if (applied[name] == checksum) continue;
        work.exec(std::string(file.content));
        work.exec_params(query("record_routine"), name, checksum);
    }
}

// The server is sent the SCRAM verifier: a password in clear would end up in its log.
void set_password(pqxx::work& work, const std::string& role, const std::string& password) {
    if (password.empty()) return;
    auto rows = work.exec_params(query("set_role_password"), role, scram_verifier(role, password));
    work.exec(rows[0]["statement"].c_str());
}
}  // namespace

int newest_migration() {
    int newest = 0;
    for (const EmbeddedFile& file : embedded::migrations()) newest = std::max(newest, version_of(file));
    return newest;
}

void migrate(const std::string& owner_dsn, const RolePasswords& passwords) try {
    pqxx::connection connection(owner_dsn);
    pqxx::work work(connection);
    work.exec(query("lock_migrations"));
    work.exec(query("create_migration_tables"));
    apply_migrations(work);
    apply_routines(work);
    work.exec(query("create_roles"));
    work.exec(query("grant_rights"));
    set_password(work, "stoker_server", passwords.server);
    set_password(work, "stoker_worker", passwords.worker);
    work.commit();
} catch (const pqxx::broken_connection& error) {
    throw Unavailable(error.what());
}

}  // namespace stoker::db
