#include "api/wire/page.h"

namespace stoker::api {

Page parse_page(const JsonReader& parameters, int fallback, int most) {
    const std::int64_t limit = parameters.integer_or("limit", fallback);
    if (limit < 0 || limit > most)
        parameters.refuse(
            "limit", "expected a number from 0 to " + std::to_string(most) + ", got " + std::to_string(limit) + ".");
    const std::int64_t offset = parameters.integer_or("offset", 0);
    if (offset < 0 || offset > INT32_MAX) parameters.refuse("offset", "expected a number of 0 or more.");
    return {limit == 0 ? most : static_cast<int>(limit), static_cast<int>(offset)};
}

}  // namespace stoker::api
