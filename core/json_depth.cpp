#include "core/json_depth.h"

#include <algorithm>

namespace stoker {

bool is_deeper_than(std::string_view json, int levels) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            if (c == '"') in_string = false;
            if (c == '\\') ++i;
            continue;
        }
        if (c == '"') in_string = true;
        if ((c == '{' || c == '[') && ++depth > levels) return true;
        if (c == '}' || c == ']') --depth;
    }
    return false;
}

bool is_nested_deeper_than(const nlohmann::json& value, int levels) {
    if (!value.is_structured()) return false;
    if (levels == 0) return true;
    return std::any_of(value.begin(), value.end(),
                       [levels](const auto& part) { return is_nested_deeper_than(part, levels - 1); });
}

nlohmann::json parse_shallow(std::string_view json) {
    if (is_deeper_than(json, kDeepestJson)) return nlohmann::json(nlohmann::json::value_t::discarded);
    return nlohmann::json::parse(json, nullptr, false);
}

}  // namespace stoker
