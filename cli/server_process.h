#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "cli/notification_options.h"
#include "cli/tls_options.h"
#include "clusters/catalog.h"

namespace boost::asio {
class io_context;
}

namespace stoker::cli {

struct ServerSettings {
    std::string dsn;  // of the role stoker_server
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0 = any free one
    TlsOptions tls;
    std::string external_url;  // "" = what the client called
    std::string signing_key;
    std::string sealing_key;    // of secrets that users store; "" = they can store none
    std::string node_database;  // as nodes on other machines reach it; "" = none may join
    std::filesystem::path node_database_authority;
    std::string metastore_uri;  // thrift://host:port of the catalog of tables, for nodes that join; "" = none
    std::filesystem::path mlflow_socket;
    std::filesystem::path dbfs_root;  // "" = no DBFS
    int database_connections = 8;
    int run_retention_days = 60;
    NotificationOptions notifications;
    clusters::ComputeSettings compute;
};

/// API and scheduler on one I/O thread, with the database connections they share. One of many that may serve one
/// database.
class ServerProcess {
  public:
    /// Listens at once; serves when `io` runs. Throws StartError when the port cannot be had.
    ServerProcess(boost::asio::io_context& io, ServerSettings settings);
    ~ServerProcess();

    /// For clients on this machine.
    const std::string& url() const;
    /// Lets requests under way end, then stops both.
    boost::asio::awaitable<void> stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::cli
