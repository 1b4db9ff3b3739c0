#include "db/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "db/libpq.h"
#include "db/notify_payloads.h"
#include "db/pool.h"
#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
namespace net = boost::asio;
using namespace std::chrono_literals;
using Wait = net::posix::stream_descriptor::wait_type;
constexpr auto kFirstBackoff = 100ms;
constexpr auto kLongestBackoff = 5s;

class ConnectionLost : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
}  // namespace

void notify(Transaction& tx, std::string_view channel, const std::vector<std::string>& ids) {
    tx.query("notify", {channel, Param::array(notify_payloads(ids))});
}

void notify(Pool& pool, std::string_view channel, const std::vector<std::string>& ids) {
    if (!ids.empty()) pool.run_statement_blocking([&](Transaction& tx) { notify(tx, channel, ids); });
}

// Everything runs on the executor. The coroutine keeps the Impl alive; `stopped` and the closed descriptor end it.
struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
    net::any_io_executor executor;
    std::string dsn;
    std::vector<std::string> channels;
    OnNotify on_notify;
    std::function<void()> on_connect;
    net::steady_timer backoff{executor};
    std::optional<net::posix::stream_descriptor> socket;
    PgConnection connection;
    bool stopped = false;

    Impl(net::any_io_executor on, std::string to, std::vector<std::string> names, OnNotify notified,
         std::function<void()> connected)
        : executor(std::move(on)),
          dsn(std::move(to)),
          channels(std::move(names)),
          on_notify(std::move(notified)),
          on_connect(std::move(connected)) {}

    ~Impl() { drop_connection(); }

    // libpq owns the file descriptor: the asio side lets go of it without closing.
    void drop_connection() {
        if (socket) socket->release();
        socket.reset();
        connection.reset();
    }

    net::awaitable<void> ready(Wait what) {
        auto [error] = co_await socket->async_wait(what, net::as_tuple(net::use_awaitable));
        if (error || stopped) throw ConnectionLost("stopped");
    }

    net::awaitable<void> connect() {
        connection.reset(PQconnectStart(dsn.c_str()));
        if (!connection || PQstatus(connection.get()) == CONNECTION_BAD)
            throw ConnectionLost(PQerrorMessage(connection.get()));
        // The descriptor may change while hosts are tried, so it is taken anew at every step.
        for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;) {
            if (step == PGRES_POLLING_FAILED) throw ConnectionLost(PQerrorMessage(connection.get()));
            if (socket) socket->release();
            socket.emplace(executor, PQsocket(connection.get()));
            co_await ready(step == PGRES_POLLING_READING ? Wait::wait_read : Wait::wait_write);
            step = PQconnectPoll(connection.get());
        }
        PQsetnonblocking(connection.get(), 1);
    }

    net::awaitable<void> listen() {
        std::string statements;
        for (const std::string& channel : channels) {
            std::unique_ptr<char, decltype(&PQfreemem)> name(
                PQescapeIdentifier(connection.get(), channel.c_str(), channel.size()), &PQfreemem);
            statements += "LISTEN " + std::string(name.get()) + ";";
        }
        if (!PQsendQuery(connection.get(), statements.c_str())) throw ConnectionLost(PQerrorMessage(connection.get()));
        while (true) {
            while (PQisBusy(connection.get())) co_await consume();
            PgResult result(PQgetResult(connection.get()));
            if (!result) co_return;
            if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
                throw ConnectionLost(PQresultErrorMessage(result.get()));
        }
    }

    net::awaitable<void> consume() {
        int unsent = PQflush(connection.get());
        if (unsent < 0) throw ConnectionLost(PQerrorMessage(connection.get()));
        co_await ready(unsent > 0 ? Wait::wait_write : Wait::wait_read);
        if (!PQconsumeInput(connection.get())) throw ConnectionLost(PQerrorMessage(connection.get()));
    }

    void deliver() {
        while (!stopped) {
            std::unique_ptr<PGnotify, decltype(&PQfreemem)> notice(PQnotifies(connection.get()), &PQfreemem);
            if (!notice) return;
            on_notify(notice->relname, ids_of_payload(notice->extra));
        }
    }

    net::awaitable<void> serve(std::chrono::milliseconds& wait) {
        co_await connect();
        co_await listen();
        wait = kFirstBackoff;
        on_connect();
        while (true) {
            deliver();
            co_await consume();
        }
    }

    static net::awaitable<void> run(std::shared_ptr<Impl> self) {
        std::chrono::milliseconds wait = kFirstBackoff;
        while (!self->stopped) {
            try {
                co_await self->serve(wait);
            } catch (const ConnectionLost& error) {
                if (!self->stopped) spdlog::warn("listening to the database is interrupted: {}", error.what());
            }
            self->drop_connection();
            if (self->stopped) break;
            self->backoff.expires_after(wait);
            co_await self->backoff.async_wait(net::as_tuple(net::use_awaitable));
            wait = std::min<std::chrono::milliseconds>(wait * 2, kLongestBackoff);
        }
    }

    void stop() {
        stopped = true;
        backoff.cancel();
        if (socket) socket->cancel();
    }
};

Listener::Listener(net::any_io_executor executor, std::string dsn, std::vector<std::string> channels,
                   OnNotify on_notify, std::function<void()> on_connect)
    : impl_(std::make_shared<Impl>(executor, std::move(dsn), std::move(channels), std::move(on_notify),
                                   std::move(on_connect))) {
    net::co_spawn(executor, Impl::run(impl_), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
}

Listener::~Listener() {
    // After this no callback is made: they run on the executor, as this does.
    impl_->stop();
}

}  // namespace stoker::db
