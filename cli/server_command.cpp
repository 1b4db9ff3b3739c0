#include <regex>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cli/command_line.h"
#include "cli/data_folder.h"
#include "cli/server_process.h"
#include "cli/start_error.h"

namespace net = boost::asio;

namespace stoker::cli {
namespace {
struct ServerOptions {
    ServerSettings settings;
    std::filesystem::path signing_key_file;
    std::filesystem::path sealing_key_file;
    ComputeOption compute;
    LogOptions log;
};

net::awaitable<void> serve_until_signal(ServerProcess& server, net::io_context& io) {
    net::signal_set signals(io, SIGINT, SIGTERM);
    co_await signals.async_wait(net::use_awaitable);
    co_await server.stop();
}

/// Without a file of that name beside the signing key this server stores no secrets of users.
std::string sealing_key(const ServerOptions& options) {
    const bool named = !options.sealing_key_file.empty();
    const auto file = named ? options.sealing_key_file : options.signing_key_file.parent_path() / "sealing_key";
    std::string key = read_file_or_empty(file);
    if (key.size() < 32 && (named || !key.empty()))
        throw StartError("the sealing key in " + file.string() +
                         " is missing or shorter than 32 characters. All servers and nodes of one database share it.");
    return key;
}

int serve(const ServerOptions& options) {
    options.log.start();
    ServerSettings settings = options.settings;
    settings.signing_key = read_file_or_empty(options.signing_key_file);
    if (settings.signing_key.size() < 32)
        throw StartError("the signing key in " + options.signing_key_file.string() +
                         " is missing or shorter than 32 characters. All servers of one database share it.");
    settings.sealing_key = sealing_key(options);
    settings.compute = options.compute.read(clusters::Interpreters::kElsewhere);
    net::io_context io(1);
    ServerProcess server(io, settings);
    std::exception_ptr failure;
    net::co_spawn(io, serve_until_signal(server, io), [&](std::exception_ptr thrown) {
        failure = thrown;
        io.stop();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return 0;
}
}  // namespace

void add_server_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<ServerOptions>();
    CLI::App* server = app.add_subcommand("server", "API and scheduler alone, one of many on a Postgres of yours");
    server->footer(
        "Example:\n  stoker db migrate --database-url …\n  stoker server --database-url "
        "postgresql://stoker_server:…@db.example/stoker --signing-key-file key");
    server->add_option("--database-url", options->settings.dsn, "postgresql://… of the role stoker_server")
        ->required()
        ->envname("STOKER_DATABASE_URL");
    server->add_option("--host", options->settings.host, "address to listen on")->capture_default_str();
    server->add_option("--port", options->settings.port, "0 = any free one")->capture_default_str();
    options->settings.tls.add_to(*server);
    server->add_option("--external-url", options->settings.external_url,
                       "base URL that clients see, behind a load balancer");
    server->add_option("--signing-key-file", options->signing_key_file, "key of run tokens, shared by all servers")
        ->required();
    server->add_option(
        "--sealing-key-file", options->sealing_key_file,
        "key of the secrets that users store, shared by all servers and nodes; else the file sealing_key "
        "beside the signing key");
    server->add_option("--mlflow-socket", options->settings.mlflow_socket,
                       "unix socket of an mlflow server on this machine");
    server
        ->add_option("--dbfs-root", options->settings.dbfs_root,
                     "folder of DBFS, the one that the nodes have (storage/dbfs in their data folder); without it this "
                     "server has no DBFS")
        ->check(CLI::ExistingDirectory);
    server->add_option("--node-database-url", options->settings.node_database,
                       "postgresql://host:port/database?sslmode=verify-full, as machines that join as nodes reach it; "
                       "without it none may join");
    server
        ->add_option("--node-database-authority", options->settings.node_database_authority,
                     "certificate (PEM) that vouches for that database, handed to nodes that join")
        ->check(CLI::ExistingFile);
    server
        ->add_option("--metastore-uri", options->settings.metastore_uri,
                     "thrift://host:port of a Hive metastore: nodes that join have its tables through this server")
        ->check(CLI::Validator(
            [](const std::string& uri) -> std::string {
                static const std::regex shape(R"(thrift://([^:/,\[\]]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5})");
                return std::regex_match(uri, shape) ? "" : "expected thrift://host:port";
            },
            "URI"));
    server->add_option("--database-connections", options->settings.database_connections, "connections to keep")
        ->capture_default_str();
    server
        ->add_option("--run-retention-days", options->settings.run_retention_days,
                     "runs that ended longer ago are removed")
        ->check(CLI::Range(1, 36'500))
        ->capture_default_str();
    options->compute.add_to(*server);
    options->settings.notifications.add_to(*server);
    options->log.add_to(*server);
    server->callback([options, &action] { action = [options] { return serve(*options); }; });
}

}  // namespace stoker::cli
