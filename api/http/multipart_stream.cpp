#include "api/http/multipart_stream.h"

#include <algorithm>

#include "api/http/exchange.h"
#include "core/error.h"

namespace stoker::api {
namespace {
constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kMaxHead = 8 * 1024;
constexpr int kMaxParts = 64;

ApiError malformed(const std::string& what) {
    return {ErrorCode::kMalformedRequest, "Could not parse multipart/form-data: " + what};
}
}  // namespace

MultipartStream::MultipartStream(Exchange& exchange, std::string_view content_type)
    : exchange_(exchange), delimiter_("\r\n" + delimiter_of(content_type)), buffer_("\r\n") {}

boost::asio::awaitable<void> MultipartStream::fill() {
    const std::size_t have = buffer_.size();
    buffer_.resize(have + kChunk);
    const std::size_t count = co_await exchange_.read_body(buffer_.data() + have, kChunk);
    buffer_.resize(have + count);
    if (count == 0) throw malformed("the body ends early.");
}

/// Where `text` stands in the buffer, which is filled until it does.
boost::asio::awaitable<std::size_t> MultipartStream::find(std::string_view text, std::size_t most) {
    for (std::size_t from = 0;;) {
        const std::size_t at = buffer_.find(text, from);
        if (at != std::string::npos) co_return at;
        if (buffer_.size() > most) throw malformed("the headers of a part are too long.");
        from = buffer_.size() - std::min(buffer_.size(), text.size());
        co_await fill();
    }
}

boost::asio::awaitable<std::optional<FormPart>> MultipartStream::next_part() {
    std::string sink(kChunk, '\0');
    while (in_part_) co_await read(sink.data(), sink.size());
    buffer_.erase(0, delimiter_.size());
    while (buffer_.size() < 2) co_await fill();
    if (buffer_.starts_with("--")) co_return std::nullopt;
    if (++parts_ > kMaxParts) throw malformed("more than " + std::to_string(kMaxParts) + " parts.");
    const std::size_t head_end = co_await find("\r\n\r\n", kMaxHead);
    const std::size_t line_end = buffer_.find("\r\n");
    FormPart part = parse_part_head(std::string_view(buffer_).substr(line_end, head_end - line_end));
    buffer_.erase(0, head_end + 4);
    in_part_ = true;
    co_return part;
}

boost::asio::awaitable<std::size_t> MultipartStream::read(char* data, std::size_t size) {
    if (!in_part_) co_return 0;
    while (true) {
        const std::size_t at = buffer_.find(delimiter_);
        // What might be the beginning of a delimiter is not given out before the rest has come.
        const std::size_t ready =
            at != std::string::npos ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size());
        if (at == std::string::npos && ready == 0) {
            co_await fill();
            continue;
        }
        const std::size_t count = std::min(ready, size);
        std::copy_n(buffer_.data(), count, data);
        buffer_.erase(0, count);
        if (count == 0) in_part_ = false;
        co_return count;
    }
}

boost::asio::awaitable<std::string> MultipartStream::read_text(std::size_t most) {
    std::string text(most + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const std::size_t count = co_await read(text.data() + have, text.size() - have);
        if (count == 0) break;
        have += count;
    }
    if (have > most) throw malformed("a field is longer than " + std::to_string(most) + " bytes.");
    text.resize(have);
    co_return text;
}

}  // namespace stoker::api
