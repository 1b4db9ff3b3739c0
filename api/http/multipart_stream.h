#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "api/http/multipart.h"

namespace stoker::api {

class Exchange;

/// multipart/form-data (RFC 7578) part by part as it arrives: for files that are too large to be held. Throws ApiError
/// MALFORMED_REQUEST for what is no such body.
class MultipartStream {
  public:
    MultipartStream(Exchange& exchange, std::string_view content_type);

    /// Name and file name of the next part, with whatever is left of the one before skipped; nullopt after the last.
    boost::asio::awaitable<std::optional<FormPart>> next_part();
    /// Bytes of the part, up to `size`; 0 = its end.
    boost::asio::awaitable<std::size_t> read(char* data, std::size_t size);
    /// All of the part, which must not be longer than `most`.
    boost::asio::awaitable<std::string> read_text(std::size_t most);

  private:
    boost::asio::awaitable<void> fill();
    boost::asio::awaitable<std::size_t> find(std::string_view text, std::size_t most);

    Exchange& exchange_;
    std::string delimiter_;  // with the line break before it
    std::string buffer_;     // arrived, not yet given out
    bool in_part_ = true;    // what stands before the first delimiter counts as a part that nobody reads
    int parts_ = 0;
};

}  // namespace stoker::api
