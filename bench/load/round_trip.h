#pragma once
#include <nlohmann/json_fwd.hpp>

namespace stoker {
class Clock;
}

namespace stoker::bench {

/// The SQL floor of a queue: a client enqueues and tells a worker, which claims, completes and tells the client. Three
/// commits and two wake-ups, over libpq and nothing else. `spec`: {"dsn","enqueue","claim","complete","requests",
/// "warm_up_requests"}, where the statements send `bench_ready` and `bench_done`.
/// Returns {"answered","latency_ms"}.
nlohmann::json run_round_trips(const nlohmann::json& spec, const Clock& clock);

}  // namespace stoker::bench
