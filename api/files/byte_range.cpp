#include "api/files/byte_range.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "api/http/headers.h"
#include "core/error.h"

namespace stoker::api {
namespace {
std::optional<std::int64_t> number(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
}

ApiError not_satisfiable(std::int64_t file_size) {
    return {ErrorCode::kRangeNotSatisfiable,
            "The range begins behind the end of the file, which has " + std::to_string(file_size) + " bytes."};
}
}  // namespace

std::optional<ByteRange> requested_range(std::string_view header, std::int64_t file_size) {
    constexpr std::string_view kUnit = "bytes=";
    if (!header.starts_with(kUnit)) return std::nullopt;
    const std::string_view range = trimmed(header.substr(kUnit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return std::nullopt;
    const auto first = number(range.substr(0, dash));
    const auto last = number(range.substr(dash + 1));
    if (!first && !last) return std::nullopt;
    if (dash == 0) {  // the last n bytes
        if (*last == 0 || file_size == 0) throw not_satisfiable(file_size);
        const std::int64_t length = std::min(*last, file_size);
        return ByteRange{file_size - length, length};
    }
    if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) return std::nullopt;
    if (*first >= file_size) throw not_satisfiable(file_size);
    const std::int64_t end = last ? std::min(*last, file_size - 1) : file_size - 1;
    return ByteRange{*first, end - *first + 1};
}

}  // namespace stoker::api
