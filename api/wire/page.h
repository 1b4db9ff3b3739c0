#pragma once
#include <initializer_list>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"

namespace stoker::api {

/// `limit` and `offset` of a list.
struct Page {
    int limit = 0;
    int offset = 0;
};
/// Absent limit: `fallback`. 0: `most`. Throws ApiError for a limit above `most`, and for negative numbers.
Page parse_page(const JsonReader& parameters, int fallback, int most);

/// `page_size` of the lists that only know page tokens, after check(). Absent and 0: `fallback`.
int parse_page_size(const JsonReader& parameters, int fallback);

inline constexpr std::size_t kTaskPage = 100;  // items of an array of a job or run in one answer
/// Leaves of each array of `object` the page that begins at `first`: past the end of an array, nothing. Whether any has
/// more.
bool cut_pages(nlohmann::json& object, std::size_t first, std::initializer_list<const char*> arrays);

}  // namespace stoker::api
