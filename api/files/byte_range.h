#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace stoker::api {

struct ByteRange {
    std::int64_t first = 0;
    std::int64_t length = 0;
};

/// What a Range header asks of a file of that size (RFC 9110, 14.2). nullopt: all of it, also where the header is not
/// understood or names several ranges, which a server need not serve. Throws ApiError with status 416 for a range that
/// begins behind the end.
std::optional<ByteRange> requested_range(std::string_view header, std::int64_t file_size);

}  // namespace stoker::api
