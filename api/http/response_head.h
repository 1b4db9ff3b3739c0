#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "api/http/request.h"

namespace stoker::api {

enum class BodyFraming { kLength, kChunked, kUntilClose, kNone };

struct ResponseFraming {
    BodyFraming body = BodyFraming::kLength;
    std::uint64_t length = 0;
    bool keep_alive = true;
};

/// Status line and headers, up to and including the blank line. Line breaks inside values are dropped.
std::string render_head(const Response& response, const ResponseFraming& framing);

}  // namespace stoker::api
