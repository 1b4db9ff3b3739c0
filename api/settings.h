#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "clusters/catalog.h"

namespace stoker::api {

/// What an operator may set of the HTTP edge. The defaults are the reference's limits.
struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                 // 0 = any free one; Server::port() tells which
    std::filesystem::path tls_certificate;  // PEM, with what is between it and its authority; "" = no TLS
    std::filesystem::path tls_key;          // its key, PEM
    std::string tls_authority;  // certificate (PEM) that vouches for it, for nodes; "" = their machines know it
    std::string external_url;   // base of run_page_url; "" = as the client called
    std::string workspace_id;   // digits; "" = derived from signing_key, so that all servers of one database agree
    std::string signing_key;    // of run and node tokens
    std::string sealing_key;    // of secrets that users store; "" = they can store none
    std::string listen_dsn;     // LISTEN connection of this server; "" = none (waits then rest on the sweep)
    std::string node_database;  // connection string for nodes on other machines, without a login; "" = none may join
    std::string
        node_database_authority;      // certificate (PEM) that vouches for it; "" = the machines' own authorities do
    std::string metastore_uri;        // thrift://host:port of the catalog of tables, for nodes; "" = none
    std::string mlflow_socket;        // unix socket of the mlflow server; "" = none
    std::filesystem::path dbfs_root;  // "" = none: DBFS and /Volumes are refused
    std::chrono::seconds mlflow_patience{60};  // how long a request waits for an mlflow server that is starting
    bool log_requests = true;
    clusters::Catalog catalog{clusters::this_machine()};  // what definitions of clusters may name

    std::int64_t max_saved_jobs = 10'000;
    std::chrono::seconds wait_cap{300};            // of Prefer: wait
    std::chrono::seconds sweep_interval{5};        // waits look for themselves this often, should a NOTIFY be lost
    std::chrono::milliseconds feed_interval{500};  // event feeds look for changes that nobody tells of
    std::chrono::seconds principal_ttl{5};         // how long a checked token is trusted unasked

    std::size_t header_limit = 16 * 1024;
    std::uint64_t body_limit = 10 * 1024 * 1024;
    std::size_t dbfs_list_limit = 10'000;  // entries of one dbfs/list
    std::size_t max_connections = 2000;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds body_timeout{30'000};  // plus a second for every min_body_rate bytes that arrived
    std::uint64_t min_body_rate = 16 * 1024;
    std::chrono::milliseconds write_timeout{60'000};
    std::chrono::milliseconds drain_timeout{10'000};  // stop(): how long open requests may take to end
};

}  // namespace stoker::api
