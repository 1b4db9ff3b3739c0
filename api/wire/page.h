#pragma once
#include "core/json_reader.h"

namespace stoker::api {

/// `limit` and `offset` of a list.
struct Page {
    int limit = 0;
    int offset = 0;
};
/// Absent limit: `fallback`. 0: `most`. Throws ApiError for a limit above `most`, and for negative numbers.
Page parse_page(const JsonReader& parameters, int fallback, int most);

}  // namespace stoker::api
