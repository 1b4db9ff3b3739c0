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

int parse_page_size(const JsonReader& parameters, int fallback) {
    const auto size = static_cast<int>(parameters.integer_or("page_size", 0));
    return size == 0 ? fallback : size;
}

bool cut_pages(nlohmann::json& object, std::size_t first, std::initializer_list<const char*> arrays) {
    bool more = false;
    for (const char* name : arrays) {
        auto found = object.find(name);
        if (found == object.end() || (first == 0 && found->size() <= kTaskPage)) continue;
        const std::size_t begin = std::min(first, found->size());
        const std::size_t end = std::min(found->size(), first + kTaskPage);
        more = more || end < found->size();
        nlohmann::json page = nlohmann::json::array();
        for (std::size_t i = begin; i < end; ++i) page.push_back(std::move((*found)[i]));
        *found = std::move(page);
    }
    return more;
}

}  // namespace stoker::api
