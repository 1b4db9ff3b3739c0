#include "bench/load/http_response.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace stoker::bench {
namespace {
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

bool same_letters(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string_view> header(std::string_view head, std::string_view name) {
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line)) {
        line += 2;
        const std::string_view rest = head.substr(line);
        if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
        if (!same_letters(rest.substr(0, name.size()), name)) continue;
        std::string_view value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        return value;
    }
    return std::nullopt;
}

template <typename Number>
Number parse_number(std::string_view text) {
    Number value{};
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
        throw std::runtime_error("'" + std::string(text) + "' in a response's head is no number");
    return value;
}
}  // namespace

std::optional<HttpResponse> read_http_response(std::string_view received) {
    const std::size_t head_end = received.find(kHeadEnd);
    if (head_end == std::string_view::npos) return std::nullopt;
    const std::string_view head = received.substr(0, head_end + 2);
    if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an HTTP/1.1 response: " + std::string(head));
    HttpResponse response;
    response.status = parse_number<int>(head.substr(9, 3));
    response.closes = header(head, "Connection").value_or("") == "close";
    const std::size_t body_begin = head_end + kHeadEnd.size();
    std::size_t length = 0;
    if (const auto given = header(head, "Content-Length")) {
        length = parse_number<std::size_t>(*given);
    } else if (header(head, "Transfer-Encoding")) {
        // Bodies here are JSON, which holds no bare line ends: the last chunk is where these bytes stand.
        const std::size_t last = received.find(kLastChunk, body_begin);
        if (last == std::string_view::npos) return std::nullopt;
        length = last + kLastChunk.size() - body_begin;
    } else if (response.status != 204) {
        throw std::runtime_error("a response without Content-Length: " + std::string(head));
    }
    if (received.size() < body_begin + length) return std::nullopt;
    response.body = received.substr(body_begin, length);
    response.size = body_begin + length;
    return response;
}

}  // namespace stoker::bench
