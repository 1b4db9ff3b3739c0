#include "cli/up.h"

#include <future>
#include <iostream>
#include <optional>
#include <set>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "cli/ca_bundle.h"
#include "cli/certificates.h"
#include "cli/databricks_profile.h"
#include "cli/installation.h"
#include "cli/kernel_package.h"
#include "cli/metastore.h"
#include "cli/mlflow_server.h"
#include "cli/node_address.h"
#include "cli/node_options.h"
#include "cli/os_user.h"
#include "cli/progress.h"
#include "cli/server_process.h"
#include "cli/start_error.h"
#include "cli/supervised_child.h"
#include "clusters/catalog.h"
#include "clusters/command.h"
#include "clusters/environment.h"
#include "clusters/process.h"
#include "clusters/url_parts.h"
#include "core/workspace_id.h"
#include "db/connection_string.h"

namespace net = boost::asio;

namespace stoker::cli {
namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);
constexpr std::chrono::seconds kNodeGrace{45};
constexpr std::chrono::seconds kMlflowGrace{5};
constexpr std::chrono::seconds kMetastoreGrace{5};

std::optional<NodeAddress> node_address(const UpOptions& options) {
    if (options.nodes.empty()) return std::nullopt;
    if (!options.database_url.empty())
        throw StartError(
            "--nodes is for the embedded Postgres: with --database-url run `stoker server` with "
            "--node-database-url.");
    return parse_node_address(options.nodes);
}

/// One `stoker up`, from its first step to its last.
class Up {
  public:
    explicit Up(const UpOptions& options)
        : options_(options),
          compute_(options.compute.read(clusters::Interpreters::kHere)),
          kernel_user_(usable_user(options.kernel_user, "kernels run")),
          mlflow_user_(options.mlflow ? usable_user(options.mlflow_user, "MLflow runs") : ""),
          nodes_(node_address(options)),
          data_(DataFolder::open(options.data_folder)) {}

    int run() {
        clusters::become_subreaper();
        start_database();
        kernel_package_ = unpack_kernel_package(data_.root() / "kernel");
        give_to(data_.dbfs(), kernel_user_);
        environments_.emplace(children_, environment_settings());
        if (options_.tables) prepare_metastore();
        start_server();
        std::string token = first_token(data_, connections_, options_.user);
        start_node();
        if (options_.mlflow) prepare_mlflow();
        net::co_spawn(io_, wait_for_signal(), [this](std::exception_ptr failure) {
            failure_ = failure;
            io_.stop();
        });
        tell_that_it_serves(token);
        io_.run();
        if (failure_) std::rethrow_exception(failure_);
        return exit_code_;
    }

    ~Up() {
        stop_building_.request_stop();
        if (mlflow_build_.joinable()) mlflow_build_.join();
    }

  private:
    void start_database() {
        if (options_.database_url.empty()) {
            progress_.step("Starting Postgres", [&] {
                db::EmbeddedPostgres::Settings settings;
                settings.folder = data_.postgres();
                settings.socket_folder = data_.sockets();
                settings.log_file = data_.logs() / "postgres.log";
                settings.os_user = options_.service_user;
                if (nodes_) {
                    certificates_ = ensure_certificates(certificates_folder(), "postgres", {nodes_->address});
                    settings.port = nodes_->port;
                    settings.nodes = {nodes_->address, certificates_.certificate, certificates_.key};
                }
                postgres_ = db::EmbeddedPostgres::start(settings);
                children_.know(postgres_->pid());
            });
            connections_ = embedded_connections(data_, *postgres_);
        } else {
            connections_ = external_connections(data_, options_.database_url);
        }
        prepare_database(data_, connections_, {.mlflow = options_.mlflow, .metastore = options_.tables});
    }

    void start_server() {
        ServerSettings settings;
        settings.dsn = connections_.server;
        settings.host = options_.host;
        settings.port = options_.port;
        settings.tls = tls();
        settings.external_url = options_.server_url;
        settings.signing_key = data_.secret("signing_key");
        settings.sealing_key = data_.secret("sealing_key");
        settings.run_retention_days = options_.run_retention_days;
        settings.dbfs_root = data_.dbfs();
        settings.notifications = options_.notifications;
        settings.compute = compute_;
        if (nodes_) {
            settings.node_database = nodes_->database();
            settings.node_database_authority = certificates_.authority;
        }
        if (metastore_) settings.metastore_uri = metastore_->uri();
        if (options_.mlflow) settings.mlflow_socket = mlflow_server().socket();
        server_.emplace(io_, settings);
        url_ = server_->url();
        authority_ = settings.tls.authority;
        // `data_` may be where this process alone sees it.
        if (!write_ca_bundle(data_.root(), read_file_or_empty(authority_)).empty())
            ca_bundle_ = ca_bundle_file(std::filesystem::weakly_canonical(options_.data_folder));
    }

    TlsOptions tls() const {
        if (!options_.own_tls) return options_.tls;
        const auto made = ensure_certificates(certificates_folder(), "api", names_of_api());
        return {made.certificate, made.key, made.authority};
    }

    /// By which clients may call it.
    std::vector<std::string> names_of_api() const {
        std::set<std::string> names{"127.0.0.1", "localhost", "::1", host_name(), options_.host};
        if (nodes_) names.insert(nodes_->address);
        names.insert(clusters::parse_url(options_.server_url).host);
        std::erase_if(names, [](const std::string& name) { return name.empty() || is_wildcard(name); });
        return {names.begin(), names.end()};
    }

    std::filesystem::path certificates_folder() const { return data_.root() / "secrets/nodes"; }

    void start_node() {
        clusters::SpawnRequest request;
        request.argv = {"/proc/self/exe", "node",
                        "--data-dir",     data_.root().string(),
                        "--server-url",   options_.server_url.empty() ? url_ : options_.server_url,
                        "--workspace-id", workspace_id_of(data_.secret("signing_key")),
                        "--dsn-file",     (data_.root() / "secrets/worker_dsn").string(),
                        "--kernel-path",  kernel_package_.string(),
                        "--kernel-user",  kernel_user_,
                        "--kept-days",    std::to_string(options_.kept_days),
                        "--log-format",   options_.log.format,
                        "--log-level",    options_.log.level};
        request.argv[0] = std::filesystem::read_symlink("/proc/self/exe").string();
        if (nodes_) request.argv.insert(request.argv.end(), {"--address", nodes_->address});
        if (!options_.uv_cache.empty()) {
            request.argv.push_back("--uv-cache");
            request.argv.push_back(options_.uv_cache.string());
        }
        if (!options_.compute.file.empty())
            request.argv.insert(request.argv.end(),
                                {"--settings", std::filesystem::absolute(options_.compute.file).string()});
        if (!authority_.empty()) request.argv.insert(request.argv.end(), {"--server-authority", authority_.string()});
        for (const std::string& argument : label_arguments(options_.labels)) request.argv.push_back(argument);
        if (metastore_) request.argv.insert(request.argv.end(), {"--metastore-uri", metastore_->uri()});
        request.environ = clusters::machine_environ();
        node_.emplace(io_.get_executor(), "node", request, children_);
        node_->start();
    }

    clusters::EnvironmentBuilder::Settings environment_settings() const {
        clusters::EnvironmentBuilder::Settings settings;
        settings.data_folder = data_.root();
        settings.dbfs_root = data_.dbfs();
        settings.kernel_user = kernel_user_;
        settings.uv_cache = options_.uv_cache;
        settings.kernel_path = kernel_package_;
        return settings;
    }

    void prepare_metastore() {
        MetastoreSettings settings;
        settings.spark_version = clusters::own_spark_versions().front();
        settings.data_folder = data_.root();
        settings.dbfs_root = data_.dbfs();
        settings.kernel_package = kernel_package_;
        settings.folder = data_.sockets() / "metastore";
        settings.log_file = data_.logs() / "metastore.log";
        settings.database_url = db::as_url_without_password(connections_.metastore, "postgresql");
        settings.database_password = data_.secret("metastore_password");
        if (postgres_ && !kernel_user_.empty()) settings.database_user = options_.service_user;
        settings.os_user = kernel_user_;
        std::filesystem::create_directory(settings.folder);
        std::filesystem::permissions(settings.folder, std::filesystem::perms(0700));
        give_tree_to(settings.folder, kernel_user_);
        metastore_.emplace(io_, children_, *environments_, std::move(settings));
    }

    /// All but the Python that runs it, which has to be built.
    MlflowServer mlflow_server() const {
        MlflowServer server;
        server.kernel_package = kernel_package_;
        server.folder = data_.sockets() / "mlflow";
        server.artifacts = data_.mlflow_artifacts();
        server.log_file = data_.logs() / "mlflow.log";
        server.database_url = db::as_url_without_password(connections_.mlflow, "postgresql+psycopg2");
        server.database_password = data_.secret("mlflow_password");
        if (postgres_ && !mlflow_user_.empty()) server.database_user = options_.service_user;
        server.os_user = mlflow_user_;
        return server;
    }

    /// The environment is built on a thread of its own: the API serves meanwhile, and MLflow's routes wait for the
    /// socket.
    void prepare_mlflow() {
        const MlflowServer server = mlflow_server();
        std::filesystem::create_directory(server.folder);
        std::filesystem::permissions(server.folder, std::filesystem::perms(0700));
        give_tree_to(server.folder, mlflow_user_);
        give_tree_to(server.artifacts, mlflow_user_);
        mlflow_build_ = std::thread([this, stop = stop_building_.get_token()] {
            try {
                auto python = mlflow_environment(stop);
                net::post(io_, [this, python] {
                    try {
                        start_mlflow(python);
                    } catch (const std::exception& failure) {
                        spdlog::error("MLflow is not available: {}", failure.what());
                    }
                });
            } catch (const std::exception& failure) {
                spdlog::error("MLflow is not available: {}", failure.what());
            }
        });
    }

    /// That of a cluster with no libraries: it has mlflow and a Postgres driver, and is built once for both.
    std::filesystem::path mlflow_environment(const std::stop_token& stop) {
        clusters::EnvironmentRequest request;
        request.spark_version = clusters::own_spark_versions().front();
        const auto tell = [](clusters::InstallStage, const std::string& line) {
            spdlog::info("MLflow's environment: {}", line);
        };
        const clusters::Environment environment = environments_->build(request, tell, stop);
        mlflow_environment_ = environment.in_use;
        return environment.python;
    }

    void start_mlflow(const std::filesystem::path& python) {
        MlflowServer server = mlflow_server();
        server.python = python;
        mlflow_.emplace(io_.get_executor(), "mlflow", mlflow_server_command(server), children_);
        mlflow_->start();
    }

    void tell_that_it_serves(const std::string& token) {
        write_connection_file(data_, url_, token, ca_bundle_);
        auto config = databricks_config_file();
        bool written = !config.empty() && write_databricks_profile(config, url_, token) == ProfileOutcome::kWritten;
        std::cerr << "\nStoker serves at " << url_ << "\n  token: in "
                  << (options_.data_folder / "connection.json").string();
        if (written) std::cerr << "\n  Databricks profile 'stoker' written to " << config.string();
        if (!ca_bundle_.empty())
            std::cerr << "\n  its certificate's authority: in " << ca_bundle_.string()
                      << "\n    curl --cacert FILE, REQUESTS_CA_BUNDLE=FILE";
        std::cerr << "\n  MLflow's pages: " << url_ << "/mlflow (user 'token', the token as password)"
                  << "\n  Ctrl-C drains and stops it.\n"
                  << std::endl;
    }

    net::awaitable<void> wait_for_signal() {
        net::co_spawn(io_, watch_postgres(), [](std::exception_ptr) {});
        int signal = co_await signals_.async_wait(net::use_awaitable);
        spdlog::info("{}: draining", signal == SIGINT ? "Ctrl-C" : "SIGTERM");
        net::co_spawn(io_, leave_at_second_signal(), [](std::exception_ptr) {});
        co_await drain();
    }

    /// A second signal does not wait for anyone.
    net::awaitable<void> leave_at_second_signal() {
        co_await signals_.async_wait(net::use_awaitable);
        spdlog::warn("second signal: stopping at once");
        exit_code_ = 1;
        io_.stop();
    }

    net::awaitable<void> drain() {
        // Workers first: what they run may still need the API and the database to end well.
        if (node_) co_await node_->stop(kNodeGrace);
        co_await server_->stop();
        if (mlflow_) co_await mlflow_->stop(kMlflowGrace);
        if (metastore_) co_await metastore_->stop(kMetastoreGrace);
        spdlog::info("stopped");
    }

    /// The embedded Postgres is ours to watch: without it nothing can be served.
    net::awaitable<void> watch_postgres() {
        net::steady_timer pause(io_);
        while (postgres_) {
            pause.expires_after(std::chrono::seconds(1));
            co_await pause.async_wait(net::use_awaitable);
            if (postgres_->running()) continue;
            spdlog::critical("Postgres has ended by itself; see {}", (data_.logs() / "postgres.log").string());
            exit_code_ = 1;
            raise(SIGTERM);
            co_return;
        }
    }

    const UpOptions options_;
    const clusters::ComputeSettings compute_;
    const std::string kernel_user_;
    const std::string mlflow_user_;
    const std::optional<NodeAddress> nodes_;
    const DataFolder data_;
    const Progress progress_{system_clock()};
    net::io_context io_{1};
    // From the first step on: what has been started is stopped in turn, once the start is over.
    net::signal_set signals_{io_, SIGINT, SIGTERM};
    clusters::Children children_;
    std::unique_ptr<db::EmbeddedPostgres> postgres_;
    Certificates certificates_;
    Connections connections_;
    std::optional<ServerProcess> server_;
    std::string url_;
    std::filesystem::path authority_;  // of the API's certificate; "" = machines know it, or there is no TLS
    std::filesystem::path ca_bundle_;  // for clients on this machine; "" likewise
    std::filesystem::path kernel_package_;
    std::optional<clusters::EnvironmentBuilder> environments_;
    std::optional<Metastore> metastore_;
    std::optional<SupervisedChild> node_;
    std::stop_source stop_building_;
    std::thread mlflow_build_;
    clusters::InUse mlflow_environment_;
    std::optional<SupervisedChild> mlflow_;
    std::exception_ptr failure_;
    int exit_code_ = 0;
};
}  // namespace

int run_up(const UpOptions& options) {
    options.log.start();
    return Up(options).run();
}

}  // namespace stoker::cli
