#pragma once
#include <memory>
#include <string>

#include "cli/data_folder.h"
#include "db/embedded_postgres.h"

namespace stoker::cli {

/// The connection strings of one installation. Each process gets the one of its role only.
struct Connections {
    std::string owner;      // migrations and set-up
    std::string server;     // api, scheduler
    std::string worker;     // nodes, workers
    std::string mlflow;     // MLflow's own database
    std::string metastore;  // that of the catalog of tables
};

/// Passwords of the roles come from the data folder's secrets.
Connections embedded_connections(const DataFolder& data, const db::EmbeddedPostgres& postgres);
Connections external_connections(const DataFolder& data, const std::string& owner_url);

/// Schema, routines, roles and the databases of other programs: all that the connections need before anyone uses them.
struct SideDatabases {
    bool mlflow = true;
    bool metastore = true;
};
void prepare_database(const DataFolder& data, const Connections& connections, SideDatabases wanted);

/// The token of connection.json: the one there is while it still works, else a new one of `user_name`, who is made an
/// admin.
std::string first_token(const DataFolder& data, const Connections& connections, const std::string& user_name);

/// Tells those who wait for it that the server is ready: connection.json {"host","token"}, 0600, with "ca_bundle", a
/// file, where clients need it to trust the server's certificate.
void write_connection_file(const DataFolder& data, const std::string& host, const std::string& token,
                           const std::filesystem::path& ca_bundle);

}  // namespace stoker::cli
