#pragma once
#include <string>

namespace stoker {

enum class LogFormat { kText, kJson };

/// Sets spdlog's default logger: one line per event on standard error, `key=value` pairs in the message
/// (run_id=7 job_id=3). Never log a token, a DSN or a request body. Call once, in main.
void start_log(LogFormat format, const std::string& level);

}  // namespace stoker
