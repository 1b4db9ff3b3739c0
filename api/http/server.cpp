#include "api/http/server.h"

#include <charconv>
#include <set>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "api/endpoints.h"
#include "api/files/file_store.h"
#include "api/http/application.h"
#include "api/http/database_tokens.h"
#include "api/http/server_certificate.h"
#include "api/http/session.h"
#include "api/http/task_group.h"
#include "api/jobs/job_cache.h"
#include "api/jobs/run_reader.h"
#include "api/mlflow/upstream.h"
#include "api/run_waiters.h"
#include "core/workspace_id.h"
#include "db/listener.h"

namespace stoker::api {
namespace net = boost::asio;
using net::ip::tcp;

namespace {
/// Digits that all servers which share a signing key agree on, below 2^53.
std::string workspace_id(const Settings& settings) {
    return settings.workspace_id.empty() ? workspace_id_of(settings.signing_key) : settings.workspace_id;
}

tcp::acceptor listen(net::io_context& io, const Settings& settings) {
    const std::string where = "cannot listen on " + settings.host + ":" + std::to_string(settings.port);
    boost::system::error_code error;
    auto check = [&] {
        if (error) throw std::system_error(error.value(), std::system_category(), where);
    };
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(settings.host, std::to_string(settings.port), tcp::resolver::passive, error);
    if (error) throw std::system_error(std::make_error_code(std::errc::address_not_available), where);
    const tcp::endpoint endpoint = *found.begin();
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    check();
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor.bind(endpoint, error);
    check();
    acceptor.listen(1024, error);
    check();
    return acceptor;
}
}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(net::io_context& io, Settings given, Backends backends)
        : settings(std::move(given)),
          clock(backends.clock),
          on_scheduler_work(std::move(backends.on_scheduler_work)),
          acceptor(listen(io, settings)),
          drain_timer(io),
          tasks(io.get_executor()),
          jobs(backends.pool, clock),
          runs(io.get_executor(), backends.pool, clock),
          waiters(io.get_executor(), settings.sweep_interval),
          feed_waiters(io.get_executor(), settings.feed_interval),
          mlflow(io.get_executor(), settings.mlflow_socket, settings.mlflow_patience, clock),
          dbfs(settings.dbfs_root, clock),
          tokens(backends.pool, clock),
          authentication({settings.signing_key, settings.principal_ttl}, tokens, clock),
          services{settings, clock, backends.pool, backends.run_writer,   jobs, runs, waiters, feed_waiters, metrics,
                   mlflow,   dbfs,  router,        workspace_id(settings)},
          application(services, authentication) {
        if (!settings.tls_certificate.empty()) certificate.emplace(settings.tls_certificate, settings.tls_key, clock);
        register_endpoints(router);
    }

    void start(net::io_context& io) {
        tasks.spawn("accept", accept(shared_from_this()));
        if (settings.listen_dsn.empty()) return;
        auto on_notify = [this](std::string_view channel, const std::vector<std::string>& ids) {
            if (channel == db::kRunsChannel) {
                authentication.forget_runs(ids);
                for (const auto& id : ids) runs.forget(RunId{std::atoll(id.c_str())});
                waiters.wake(ids);
                feed_waiters.wake(ids);
            } else if (channel == db::kOutputsChannel) {
                feed_waiters.wake(ids);
            } else if (channel == db::kPrincipalsChannel) {
                authentication.forget_users(ids);
            } else if (channel == db::kSchedulerChannel && on_scheduler_work) {
                on_scheduler_work();
            }
        };
        auto on_connect = [this] {
            authentication.forget_all();
            runs.forget_all();
            waiters.wake_all();
            feed_waiters.wake_all();
        };
        std::vector<std::string> channels{std::string(db::kRunsChannel), std::string(db::kPrincipalsChannel),
                                          std::string(db::kSchedulerChannel), std::string(db::kOutputsChannel)};
        listener = std::make_unique<db::Listener>(io.get_executor(), settings.listen_dsn, std::move(channels),
                                                  on_notify, on_connect);
    }

    static net::awaitable<void> accept(std::shared_ptr<Impl> self) {
        while (!self->stopping) {
            auto [error, socket] = co_await self->acceptor.async_accept(net::as_tuple(net::use_awaitable));
            if (self->stopping) co_return;
            if (error) {
                // Out of descriptors, mostly: connections that end make room.
                spdlog::warn("accept failed cause=\"{}\"", error.message());
                net::steady_timer pause(self->acceptor.get_executor(), std::chrono::milliseconds(100));
                co_await pause.async_wait(net::as_tuple(net::use_awaitable));
                continue;
            }
            self->admit(std::move(socket));
        }
    }

    void admit(tcp::socket socket) {
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if (sessions.size() >= settings.max_connections) {
            if (certificate) return;  // an answer would take a handshake
            static constexpr std::string_view kFull =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: "
                "close\r\n"
                "Content-Length: 77\r\n\r\n"
                R"({"error_code":"TEMPORARILY_UNAVAILABLE","message":"Too many connections."}   )";
            socket.non_blocking(true, ignored);
            socket.write_some(net::buffer(kFull), ignored);
            return;
        }
        auto session = Session::create(std::move(socket), certificate ? certificate->context() : nullptr, application,
                                       settings, clock);
        tasks.spawn("session", serve(shared_from_this(), std::move(session)));
    }

    static net::awaitable<void> serve(std::shared_ptr<Impl> self, std::shared_ptr<Session> session) {
        struct Membership {
            Impl& impl;
            Session* session;
            Membership(Impl& i, Session* s) : impl(i), session(s) {
                impl.sessions.insert(session);
                impl.metrics.set_open_connections(impl.sessions.size());
            }
            ~Membership() {
                impl.sessions.erase(session);
                impl.metrics.set_open_connections(impl.sessions.size());
            }
        } membership(*self, session.get());
        co_await session->run();
    }

    void stop(std::function<void()> stopped) {
        if (stopping) return;
        stopping = true;
        boost::system::error_code ignored;
        acceptor.close(ignored);
        waiters.stop();
        feed_waiters.stop();
        for (Session* session : std::set<Session*>(sessions)) session->finish();
        drain_timer.expires_after(settings.drain_timeout);
        drain_timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (error) return;
            for (Session* session : std::set<Session*>(self->sessions)) session->abort();
        });
        tasks.when_empty([self = shared_from_this(), stopped = std::move(stopped)] {
            self->drain_timer.cancel();
            self->listener.reset();
            self->mlflow.close();
            if (stopped) stopped();
        });
    }

    const Settings settings;
    const Clock& clock;
    const std::function<void()> on_scheduler_work;
    std::optional<ServerCertificate> certificate;
    tcp::acceptor acceptor;
    net::steady_timer drain_timer;
    bool stopping = false;
    std::set<Session*> sessions;  // those that run
    TaskGroup tasks;

    Router router;
    Metrics metrics;
    JobCache jobs;
    RunReader runs;
    RunWaiters waiters;
    RunWaiters feed_waiters;
    MlflowUpstream mlflow;
    FileStore dbfs;
    DatabaseTokens tokens;
    Authentication authentication;
    Services services;
    Application application;
    std::unique_ptr<db::Listener> listener;
};

Server::Server(net::io_context& io, Settings settings, Backends backends)
    : impl_(std::make_shared<Impl>(io, std::move(settings), backends)) {
    impl_->start(io);
}

Server::~Server() {
    // Here, while `io` still is: what the threads have done they tell to its handlers.
    impl_->dbfs.join();
}

std::uint16_t Server::port() const {
    return impl_->acceptor.local_endpoint().port();
}

void Server::stop(std::function<void()> stopped) {
    impl_->stop(std::move(stopped));
}

}  // namespace stoker::api
