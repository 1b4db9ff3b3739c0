#pragma once
#include <string_view>

#include <nlohmann/json.hpp>

namespace stoker {

/// More than any client or notebook needs. Parsing does not recurse, but copying, writing and destroying JSON do: text
/// from outside is measured before it is parsed.
inline constexpr int kDeepestJson = 100;

/// Whether arrays and objects stand more than `levels` deep within one another. Of text that is no JSON, an answer
/// that may be wrong.
bool is_deeper_than(std::string_view json, int levels);

/// The same of parsed JSON, of which a part may be as deep as it likes. Recurses `levels` deep.
bool is_nested_deeper_than(const nlohmann::json& value, int levels);

/// The JSON of text from outside; discarded when it is none, or deeper than kDeepestJson.
nlohmann::json parse_shallow(std::string_view json);

}  // namespace stoker
