#include "cli/server_process.h"

#include <optional>
#include <system_error>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/http/server.h"
#include "cli/data_folder.h"
#include "cli/start_error.h"
#include "core/clock.h"
#include "core/workspace_id.h"
#include "db/pool.h"
#include "db/run_writer.h"
#include "scheduler/scheduler.h"

namespace net = boost::asio;

namespace stoker::cli {
namespace {
/// "" without a file.
std::string certificate_in(const std::filesystem::path& file) {
    if (file.empty()) return "";
    std::string text = read_file_or_empty(file);
    if (text.empty()) throw StartError(file.string() + ": there is no certificate in it, or it may not be read.");
    return text;
}

api::Settings api_settings(const ServerSettings& settings) {
    api::Settings api;
    api.host = settings.host;
    api.port = settings.port;
    api.external_url = settings.external_url;
    api.signing_key = settings.signing_key;
    api.sealing_key = settings.sealing_key;
    api.listen_dsn = settings.dsn;
    api.node_database = settings.node_database;
    api.node_database_authority = certificate_in(settings.node_database_authority);
    settings.tls.check();
    api.tls_certificate = settings.tls.certificate;
    api.tls_key = settings.tls.key;
    api.tls_authority = certificate_in(settings.tls.authority);
    api.metastore_uri = settings.metastore_uri;
    api.mlflow_socket = settings.mlflow_socket.string();
    api.dbfs_root = settings.dbfs_root;
    api.catalog = clusters::Catalog(clusters::this_machine(), settings.compute);
    return api;
}

scheduler::SchedulerSettings scheduler_settings(const ServerSettings& settings, const std::string& url) {
    scheduler::SchedulerSettings scheduler;
    scheduler.signing_key = settings.signing_key;
    scheduler.dbfs_root = settings.dbfs_root;
    scheduler.sealing_key = settings.sealing_key;
    scheduler.workspace_id = workspace_id_of(settings.signing_key);
    scheduler.workspace_url = settings.external_url.empty() ? url : settings.external_url;
    scheduler.run_retention = std::chrono::hours(24) * settings.run_retention_days;
    scheduler.notifications = notification_settings(settings.notifications);
    return scheduler;
}
}  // namespace

struct ServerProcess::Impl {
    Impl(net::io_context& io, const ServerSettings& settings)
        : pool(settings.dsn, settings.database_connections),
          writer({.dsn = settings.dsn, .signing_key = settings.signing_key}),
          server(io, api_settings(settings), {pool, writer, system_clock(), [this] { scheduler->wake(); }}),
          url(url_on_this_machine(settings.host, server.port(), settings.tls, settings.external_url)) {
        scheduler.emplace(pool, system_clock(), scheduler_settings(settings, url));
        scheduler->start();
    }

    db::Pool pool;
    db::RunWriter writer;
    api::Server server;
    const std::string url;
    std::optional<scheduler::Scheduler> scheduler;  // made once the port is known; `io` does not run before
};

ServerProcess::ServerProcess(net::io_context& io, ServerSettings settings) try
    : impl_(std::make_unique<Impl>(io, settings)) {
} catch (const std::system_error& failure) {
    throw StartError(std::string(failure.what()) + ". Stop what uses the port, or choose another --port.");
}

ServerProcess::~ServerProcess() = default;

const std::string& ServerProcess::url() const {
    return impl_->url;
}

net::awaitable<void> ServerProcess::stop() {
    co_await net::async_initiate<decltype(net::use_awaitable), void()>(
        [this](auto handler) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            impl_->server.stop([shared] { std::move (*shared)(); });
        },
        net::use_awaitable);
    impl_->scheduler->stop();
}

}  // namespace stoker::cli
