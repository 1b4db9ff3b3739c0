#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stoker::bench {

/// A complete response at the front of `received`; its views point into it.
struct HttpResponse {
    int status = 0;
    std::string_view body;  // as it travelled: chunks keep their sizes
    bool closes = false;    // the server ends the connection after it
    std::size_t size = 0;   // bytes of `received` that it takes
};

/// nullopt = not all of it is here yet. Throws std::runtime_error when it is no HTTP/1.1 response of known length.
std::optional<HttpResponse> read_http_response(std::string_view received);

}  // namespace stoker::bench
