#pragma once
#include <chrono>
#include <optional>

#include "api/http/headers.h"

namespace stoker::api {

/// `wait` of the Prefer headers (RFC 7240), no more than `cap`; nullopt when it is not asked for or not a number.
std::optional<std::chrono::seconds> preferred_wait(const Headers& headers, std::chrono::seconds cap);

}  // namespace stoker::api
