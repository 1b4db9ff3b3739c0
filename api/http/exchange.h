#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "api/http/request.h"

namespace stoker::api {

/// The connection broke, or the client was too slow.
struct ClientGone : boost::system::system_error {
    using system_error::system_error;
};

/// Request body in, response body out, without holding either: for endpoints that stream. Implemented by the session.
/// Every call may throw ClientGone; the session then closes.
class Exchange {
  public:
    virtual ~Exchange() = default;

    /// nullopt = chunked, length unknown; 0 = no body.
    virtual std::optional<std::uint64_t> content_length() const = 0;
    /// Up to `size` bytes; 0 = the end.
    virtual boost::asio::awaitable<std::size_t> read_body(char* data, std::size_t size) = 0;

    /// Status and headers of `head` (its body is not used); without a length the body goes out in chunks.
    virtual boost::asio::awaitable<void> begin(Response head, std::optional<std::uint64_t> length) = 0;
    /// `part` must stay valid until it resumes.
    virtual boost::asio::awaitable<void> write(std::string_view part) = 0;
    virtual boost::asio::awaitable<void> end() = 0;
};

}  // namespace stoker::api
