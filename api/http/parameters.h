#pragma once
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/http/request.h"

namespace stoker::api {

/// Beside its depth (core/json_depth), what bounds the memory that a body takes before it is parsed.
inline constexpr std::size_t kMaxJsonValues = 200'000;

/// A JSON object by its content, whatever its Content-Type says; an empty body is {}. Throws ApiError
/// MALFORMED_REQUEST.
nlohmann::json parse_json_object(std::string_view body);

/// GET: query string and JSON body merged, the query wins; an empty value means absent, a repeated name becomes a list.
/// Other methods: the body.
nlohmann::json parse_parameters(std::string_view method, std::string_view query, std::string_view body);

/// A path parameter of the route, which is there. Throws ApiError when it should be a number and is none.
const std::string& path_text(const Request& request, std::string_view name);
std::int64_t path_integer(const Request& request, std::string_view name);

}  // namespace stoker::api
