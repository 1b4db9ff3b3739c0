#include "api/http/middleware/request_id.h"

#include <algorithm>

#include "core/random.h"

namespace stoker::api {

std::string request_id_of(const Headers& headers) {
    std::string_view sent = headers.get("X-Request-Id");
    const bool plain = std::all_of(sent.begin(), sent.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    });
    if (!sent.empty() && sent.size() <= 64 && plain) return std::string(sent);
    return random_hex(8);
}

}  // namespace stoker::api
