#include "tests/support/pg_database.h"

#include <stdexcept>

#include <unistd.h>

#include "db/migrator.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {
constexpr const char* kServerPassword = "server-password";
constexpr const char* kWorkerPassword = "worker-password";

struct Server {
    std::filesystem::path folder = new_folder();
    std::unique_ptr<db::EmbeddedPostgres> postgres = db::EmbeddedPostgres::start({.folder = folder / "pg",
                                                                                  .socket_folder = folder / "s",
                                                                                  .log_file = folder / "log",
                                                                                  .bin_folder = {},
                                                                                  .durable = false});
    ~Server() {
        postgres.reset();
        std::filesystem::remove_all(folder);
    }
};

Server& server() {
    static Server instance;
    return instance;
}

// The migrated database that tests clone.
const std::string& template_database() {
    static const std::string name = [] {
        Sql(pg_server().owner_dsn("postgres")).run("CREATE DATABASE template_stoker");
        db::migrate(pg_server().owner_dsn("template_stoker"), {.server = kServerPassword, .worker = kWorkerPassword});
        return std::string("template_stoker");
    }();
    return name;
}
}  // namespace

std::filesystem::path new_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "stoker-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a folder for the test");
    std::filesystem::permissions(pattern, std::filesystem::perms::others_exec | std::filesystem::perms::group_exec,
                                 std::filesystem::perm_options::add);
    return pattern;
}

db::EmbeddedPostgres& pg_server() {
    return *server().postgres;
}

PgDatabase::PgDatabase() {
    static int count = 0;
    name_ = "test_" + std::to_string(++count);
    const std::string& origin = template_database();
    Sql(pg_server().owner_dsn("postgres")).run("CREATE DATABASE " + name_ + " TEMPLATE " + origin);
    // Rights on the database itself are not cloned.
    db::migrate(owner_dsn(), {});
}

PgDatabase::~PgDatabase() {
    Sql(pg_server().owner_dsn("postgres")).run("DROP DATABASE " + name_ + " WITH (FORCE)");
}

std::string PgDatabase::owner_dsn() const {
    return pg_server().owner_dsn(name_);
}
std::string PgDatabase::server_dsn() const {
    return pg_server().dsn("stoker_server", kServerPassword, name_);
}
std::string PgDatabase::worker_dsn() const {
    return pg_server().dsn("stoker_worker", kWorkerPassword, name_);
}

}  // namespace stoker::test
