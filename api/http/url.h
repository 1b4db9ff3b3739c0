#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stoker::api {

enum class PlusSign { kItself, kBlank };

/// nullopt when an escape is broken, or the text that comes out holds a NUL or is not UTF-8: neither may reach a store.
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus);
/// Everything but unreserved characters (RFC 3986, 2.3) and slashes is escaped.
std::string percent_encode_path(std::string_view path);
bool is_storable_text(std::string_view text);

/// `a=1&b=2`, decoded, in order. Throws ApiError BAD_REQUEST when a part cannot be decoded.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace stoker::api
