#pragma once
#include <filesystem>
#include <string>

#include "db/embedded_postgres.h"

namespace stoker::test {

/// The throwaway Postgres of this test process, started at first use and gone with it.
db::EmbeddedPostgres& pg_server();
/// A new folder below the system's temporary one that the Postgres user may reach.
std::filesystem::path new_folder();

/// A database of its own for one test: a clone of a migrated template, dropped at the end.
class PgDatabase {
  public:
    PgDatabase();
    ~PgDatabase();
    PgDatabase(const PgDatabase&) = delete;

    const std::string& name() const { return name_; }
    std::string owner_dsn() const;
    std::string server_dsn() const;  // role stoker_server
    std::string worker_dsn() const;  // role stoker_worker

  private:
    std::string name_;
};

}  // namespace stoker::test
