#include "bench/load/round_trip.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>
#include <poll.h>

#include "bench/load/latencies.h"
#include "core/clock.h"
#include "db/libpq.h"

namespace stoker::bench {
namespace {
using Spec = nlohmann::json;
constexpr int kLongestWaitMillis = 10'000;

class Database {
  public:
    explicit Database(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str())) {
        if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    }

    void prepare(const std::string& statement) {
        check(db::PgResult(PQprepare(connection_.get(), "statement", statement.c_str(), 0, nullptr)));
    }

    void listen(const std::string& channel) {
        check(db::PgResult(PQexec(connection_.get(), ("LISTEN " + channel).c_str())));
    }

    /// The first column of the first row; "" when there is none.
    std::string execute(const char* argument = nullptr) {
        db::PgResult result(PQexecPrepared(connection_.get(), "statement", argument ? 1 : 0,
                                           argument ? &argument : nullptr, nullptr, nullptr, 0));
        check(result);
        return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
    }

    /// Waits for one notification, and takes all that are there.
    void await_notification() {
        while (true) {
            bool any = false;
            while (PGnotify* notification = PQnotifies(connection_.get())) {
                PQfreemem(notification);
                any = true;
            }
            if (any) return;
            pollfd readable{PQsocket(connection_.get()), POLLIN, 0};
            if (poll(&readable, 1, kLongestWaitMillis) == 0) throw std::runtime_error("no notification came");
            if (!PQconsumeInput(connection_.get())) throw std::runtime_error(PQerrorMessage(connection_.get()));
        }
    }

  private:
    void check(const db::PgResult& result) const {
        const ExecStatusType status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error(PQerrorMessage(connection_.get()));
    }

    db::PgConnection connection_;
};

/// Listens and writes on two connections, as a server with a pool does.
class Worker {
  public:
    explicit Worker(const Spec& spec) : ready_(spec.at("dsn")), claims_(spec.at("dsn")), completions_(spec.at("dsn")) {
        ready_.listen("bench_ready");
        claims_.prepare(spec.at("claim"));
        completions_.prepare(spec.at("complete"));
    }

    void serve(std::size_t runs) {
        for (std::size_t done = 0; done < runs;) {
            ready_.await_notification();
            for (std::string id = claims_.execute(); !id.empty(); id = done < runs ? claims_.execute() : "") {
                completions_.execute(id.c_str());
                ++done;
            }
        }
    }

  private:
    Database ready_;
    Database claims_;
    Database completions_;
};
}  // namespace

nlohmann::json run_round_trips(const Spec& spec, const Clock& clock) {
    const auto warm_up = spec.at("warm_up_requests").get<std::size_t>();
    const auto requests = spec.at("requests").get<std::size_t>();
    Worker worker(spec);
    Database enqueues(spec.at("dsn"));
    enqueues.prepare(spec.at("enqueue"));
    Database waiter(spec.at("dsn"));
    waiter.listen("bench_done");
    std::exception_ptr failure;
    std::thread serving([&] {
        try {
            worker.serve(warm_up + requests);
        } catch (...) {
            failure = std::current_exception();
        }
    });
    Latencies latencies;
    try {
        for (std::size_t i = 0; i < warm_up + requests; ++i) {
            const auto began = clock.monotonic();
            enqueues.execute();
            waiter.await_notification();
            if (i >= warm_up) latencies.add(clock.monotonic() - began);
        }
    } catch (...) {
        serving.join();
        throw;
    }
    serving.join();
    if (failure) std::rethrow_exception(failure);
    return {{"answered", latencies.size()}, {"latency_ms", latencies.milliseconds()}};
}

}  // namespace stoker::bench
