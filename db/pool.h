#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stoker::db {

class Transaction;  // one open transaction on one connection (db/transaction.h); a store function takes it by reference

/// A few connections, each used by one thread at a time. A transaction is one plain function: it runs on a pool
/// thread, commits when it returns, and rolls back when it throws. Serialization failures, deadlocks and connections
/// lost before commit are retried here; a connection lost in commit throws InDoubt.
/// `run` resumes the caller on its own executor. Thread-safe. Must outlive every awaitable it gave.
class Pool {
  public:
    /// Opens nothing yet; `connections` threads and connections at most. `dsn` is a libpq connection string or URL.
    Pool(std::string dsn, int connections);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// `body(Transaction&)`, copied; its captures must be values. Throws db::Unavailable when Postgres cannot be
    /// reached, or cannot do now what it might do later (no disk left, read-only, …).
    ///     auto insert = [row](Transaction& tx) { insert_row(tx, row); };
    ///     co_await pool.run(insert);
    template <class Body>
    auto run(Body&& body) {
        return resumed<Mode::kTransaction>(std::forward<Body>(body));
    }

    /// For bodies that write nothing: no BEGIN and COMMIT around their queries, each of which sees the newest snapshot
    /// (as it would inside a READ COMMITTED transaction). Repeated when the connection breaks.
    template <class Body>
    auto read(Body&& body) {
        return resumed<Mode::kRead>(std::forward<Body>(body));
    }

    /// For bodies that make one query: one round trip instead of three. A connection lost under it throws InDoubt.
    template <class Body>
    auto run_statement(Body&& body) {
        return resumed<Mode::kStatement>(std::forward<Body>(body));
    }

    /// `run` on the calling thread, for tests, start-up and threads of their own.
    template <class Body>
    std::invoke_result_t<Body, Transaction&> run_blocking(Body body) {
        return blocking<Mode::kTransaction>(std::move(body));
    }

    /// `run_statement` on the calling thread.
    template <class Body>
    std::invoke_result_t<Body, Transaction&> run_statement_blocking(Body body) {
        return blocking<Mode::kStatement>(std::move(body));
    }

  private:
    enum class Mode { kTransaction, kRead, kStatement };

    template <Mode mode, class Body>
    auto resumed(Body&& body) {
        static_assert(std::is_lvalue_reference_v<Body> || std::is_trivially_copyable_v<Body>,
                      "name the function first, then co_await pool.run(name): g++ 12 copies the captures of an unnamed "
                      "closure bitwise inside a co_await expression");
        return run_copy<mode, std::decay_t<Body>>(body);
    }

    template <Mode mode, class Body>
    std::invoke_result_t<Body, Transaction&> blocking(Body body) {
        using Result = std::invoke_result_t<Body, Transaction&>;
        if constexpr (std::is_void_v<Result>) {
            perform([&](Transaction& tx) { body(tx); }, mode);
        } else {
            std::optional<Result> result;
            perform([&](Transaction& tx) { result.emplace(body(tx)); }, mode);
            return std::move(*result);
        }
    }

    template <Mode mode, class Body>
    boost::asio::awaitable<std::invoke_result_t<Body, Transaction&>> run_copy(Body body) {
        co_return co_await boost::asio::co_spawn(
            executor(),
            [](Pool& pool, Body work) -> boost::asio::awaitable<std::invoke_result_t<Body, Transaction&>> {
                co_return pool.blocking<mode>(std::move(work));
            }(*this, std::move(body)),
            boost::asio::use_awaitable);
    }

    boost::asio::any_io_executor executor();
    void perform(const std::function<void(Transaction&)>& body, Mode mode);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::db
