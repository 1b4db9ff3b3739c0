#pragma once
#include <nlohmann/json_fwd.hpp>

#include "bench/load/load_spec.h"

namespace stoker {
class Clock;
}

namespace stoker::bench {

/// Drives an HTTP server from one thread, over keep-alive connections, as `spec` says, and returns what was seen:
/// {"answered","seconds","per_second","latency_ms","unexpected","first_unexpected","polls","reconnects","cpu_percent"}.
/// With a rate, a latency counts from when the request was due, so that a server that falls behind cannot hide it.
nlohmann::json run_http_load(const LoadSpec& spec, const Clock& clock);

}  // namespace stoker::bench
