#include "api/http/parameters.h"

#include <stdexcept>

#include "api/http/url.h"
#include "core/error.h"
#include "core/json_depth.h"
#include "core/json_reader.h"

namespace stoker::api {
namespace {
ApiError malformed(const std::string& what) {
    return {ErrorCode::kMalformedRequest, "Could not parse request object: " + what};
}

/// One pass over the text before anything is allocated for it.
void check_extent(std::string_view body) {
    int depth = 0;
    std::size_t values = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        if (in_string) {
            if (c == '"') in_string = false;
            if (c == '\\') {
                if (body.substr(i, 6) == "\\u0000") throw malformed("text may not hold the character U+0000.");
                ++i;
            }
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '{' || c == '[') {
            ++values;
            if (++depth > kDeepestJson)
                throw malformed("more than " + std::to_string(kDeepestJson) + " levels of nesting.");
        }
        if (c == '}' || c == ']') --depth;
        if (c == ',') ++values;
        if (values > kMaxJsonValues) throw malformed("more than " + std::to_string(kMaxJsonValues) + " values.");
    }
}
}  // namespace

nlohmann::json parse_json_object(std::string_view body) {
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return nlohmann::json::object();
    check_extent(body);
    nlohmann::json parsed = nlohmann::json::parse(body, nullptr, false);
    if (parsed.is_discarded()) throw malformed("the body is not valid JSON.");
    if (!parsed.is_object()) throw malformed("the body must be a JSON object.");
    return parsed;
}

nlohmann::json parse_parameters(std::string_view method, std::string_view query, std::string_view body) {
    nlohmann::json parameters = parse_json_object(body);
    if (method != "GET" && method != "HEAD") return parameters;
    nlohmann::json from_query = nlohmann::json::object();
    for (auto& [name, value] : parse_query(query)) {
        if (value.empty()) continue;
        if (!from_query.contains(name)) {
            from_query[name] = std::move(value);
            continue;
        }
        if (!from_query[name].is_array()) from_query[name] = nlohmann::json::array({from_query[name]});
        from_query[name].push_back(std::move(value));
    }
    parameters.update(from_query);
    return parameters;
}

const std::string& path_text(const Request& request, std::string_view name) {
    for (const auto& [parameter, value] : request.path_parameters)
        if (parameter == name) return value;
    throw std::logic_error("the route has no parameter " + std::string(name));
}

std::int64_t path_integer(const Request& request, std::string_view name) {
    const nlohmann::json holder{{std::string(name), path_text(request, name)}};
    return JsonReader(holder).integer(name);
}

}  // namespace stoker::api
