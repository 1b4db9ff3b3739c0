#include "db/pool.h"

#include <mutex>
#include <vector>

#include <boost/asio/thread_pool.hpp>
#include <spdlog/spdlog.h>

#include "db/errors.h"
#include "db/sqlstate.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
constexpr int kTries = 5;

// The server ends the session: shut-down, crash of another backend, start-up.
bool session_ended(const pqxx::sql_error& error) {
    return error.sqlstate().starts_with("57P");
}
}  // namespace

struct Pool::Impl {
    Impl(std::string dsn_text, int connections)
        : dsn(std::move(dsn_text)), threads(static_cast<std::size_t>(connections)) {}

    std::unique_ptr<pqxx::connection> take() {
        {
            std::lock_guard lock(mutex);
            if (!idle.empty()) {
                auto connection = std::move(idle.back());
                idle.pop_back();
                return connection;
            }
        }
        try {
            auto connection = std::make_unique<pqxx::connection>(dsn);
            // Left to itself Postgres plans every `= ANY (array)` anew at each call, which takes longer than the
            // look-up.
            connection->set_variable("plan_cache_mode", "force_generic_plan");
            return connection;
        } catch (const pqxx::broken_connection& error) {
            throw Unavailable(error.what());
        }
    }

    void give_back(std::unique_ptr<pqxx::connection> connection) {
        std::lock_guard lock(mutex);
        idle.push_back(std::move(connection));
    }

    // Connections of a server that went away are of no use to anyone.
    void drop_idle() {
        std::lock_guard lock(mutex);
        idle.clear();
    }

    const std::string dsn;
    std::mutex mutex;
    std::vector<std::unique_ptr<pqxx::connection>> idle;
    boost::asio::thread_pool threads;  // last: its threads end before the connections do
};

Pool::Pool(std::string dsn, int connections) : impl_(std::make_unique<Impl>(std::move(dsn), connections)) {}

Pool::~Pool() {
    impl_->threads.join();
}

boost::asio::any_io_executor Pool::executor() {
    return impl_->threads.get_executor();
}

void Pool::perform(const std::function<void(Transaction&)>& body, Mode mode) {
    for (int attempt = 1;; ++attempt) {
        auto connection = impl_->take();
        bool committing = mode == Mode::kStatement;  // its one query commits itself
        try {
            {
                Transaction tx(*connection, mode == Mode::kTransaction ? Transaction::Scope::kWhole
                                                                       : Transaction::Scope::kEachQuery);
                body(tx);
                if (mode == Mode::kStatement && tx.queries() > 1)
                    throw std::logic_error("run_statement is for one query, this body made " +
                                           std::to_string(tx.queries()));
                committing = mode != Mode::kRead;
                tx.commit();
            }
            impl_->give_back(std::move(connection));
            return;
        } catch (const pqxx::in_doubt_error& error) {
            impl_->drop_idle();
            throw InDoubt(error.what());
        } catch (const pqxx::broken_connection& error) {
            impl_->drop_idle();
            if (committing) throw InDoubt(error.what());
            if (attempt == kTries) throw Unavailable(error.what());
        } catch (const pqxx::serialization_failure& error) {
            if (attempt == kTries) throw Unavailable(error.what());
            spdlog::debug("transaction tried again: {}", error.what());
        } catch (const pqxx::deadlock_detected& error) {
            if (attempt == kTries) throw Unavailable(error.what());
            spdlog::debug("transaction tried again: {}", error.what());
        } catch (const pqxx::sql_error& error) {
            if (session_ended(error)) {
                impl_->drop_idle();
                if (committing) throw InDoubt(error.what());
                if (attempt == kTries) throw Unavailable(error.what());
            } else {
                if (connection->is_open()) impl_->give_back(std::move(connection));
                if (may_succeed_later(error.sqlstate())) throw Unavailable(error.what());
                throw;
            }
        } catch (...) {
            if (connection && connection->is_open()) impl_->give_back(std::move(connection));
            throw;
        }
    }
}

}  // namespace stoker::db
