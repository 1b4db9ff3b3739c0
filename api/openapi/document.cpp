#include "api/openapi/document.h"

#include <set>

#include "api/openapi/json_schema.h"
#include "api/schema/server.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t slash = std::min(path.find('/', at), path.size());
        if (slash > at) segments.emplace_back(path.substr(at, slash - at));
        at = slash + 1;
    }
    return segments;
}

bool is_parameter(const std::string& segment) {
    return segment.front() == '{';
}

/// `{rest*}` → `rest`
std::string parameter_name(const std::string& segment) {
    return segment.substr(1, segment.find_first_of("*}") - 1);
}

std::string template_of(std::string_view path) {
    std::string text;
    for (const std::string& segment : segments_of(path)) {
        text += '/';
        text += is_parameter(segment) ? '{' + parameter_name(segment) + '}' : segment;
    }
    return text;
}

std::string operation_id(const std::string& method, const std::string& path) {
    std::string id = method;
    for (const std::string& segment : segments_of(path)) {
        if (segment == "api") continue;
        id += '_';
        for (char c : segment)
            if (c != '{' && c != '}') id += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    }
    return id;
}

/// Ids are numbers where their name says of what they are.
Json path_parameter(const std::string& name) {
    Json schema{{"type", "string"}};
    if (name.ends_with("_id")) schema = {{"type", "integer"}, {"format", "int64"}};
    return {{"name", name}, {"in", "path"}, {"required", true}, {"schema", std::move(schema)}};
}

Json query_parameter(const Field& field, JsonSchemas& schemas) {
    Json parameter{{"name", field.name}, {"in", "query"}, {"schema", schemas.value(field)}};
    if (field.is_required) parameter["required"] = true;
    if (const std::string text = description_of(field); !text.empty()) parameter["description"] = text;
    parameter["schema"].erase("description");
    return parameter;
}

Json wait_parameter() {
    return {{"name", "Prefer"},
            {"in", "header"},
            {"description", "wait=N: the answer comes when the run is over, or after N seconds."},
            {"schema", {{"type", "string"}, {"examples", Json::array({"wait=60"})}}}};
}

Json parameters_of(const Endpoint& endpoint, JsonSchemas& schemas) {
    Json parameters = Json::array();
    for (const std::string& name : path_parameters_of(endpoint)) parameters.push_back(path_parameter(name));
    if (takes_query(endpoint) && endpoint.operation.request)
        for (const Field& field : fields_of(*endpoint.operation.request))
            parameters.push_back(query_parameter(field, schemas));
    if (endpoint.operation.can_wait) parameters.push_back(wait_parameter());
    return parameters;
}

Json bytes() {
    return {{"schema", {{"type", "string"}, {"format", "binary"}}}};
}

Json request_body(const Endpoint& endpoint, JsonSchemas& schemas) {
    const Operation& operation = endpoint.operation;
    Json content = Json::object();
    if (operation.takes == Content::kAnything) content["*/*"] = Json::object();
    if (operation.takes == Content::kBytes) content["application/octet-stream"] = bytes();
    if (!takes_query(endpoint) && operation.request) {
        content["application/json"] = {{"schema", schemas.reference(*operation.request)}};
        if (operation.takes == Content::kForm) content["multipart/form-data"] = content["application/json"];
    }
    if (content.empty()) return nullptr;
    Json body{{"content", std::move(content)}};
    if (operation.takes != Content::kAnything) body["required"] = true;
    return body;
}

Json good_answers(const Endpoint& endpoint, JsonSchemas& schemas) {
    const Operation& operation = endpoint.operation;
    Json content = Json::object();
    if (operation.gives == Content::kAnything) content["*/*"] = Json::object();
    if (operation.gives == Content::kText) content["text/plain"] = {{"schema", {{"type", "string"}}}};
    if (operation.gives == Content::kBytes) content["application/octet-stream"] = bytes();
    if (operation.gives == Content::kEvents) content["text/event-stream"] = Json::object();
    if (operation.gives == Content::kNone)
        return {{endpoint.method == "HEAD" ? "200" : "204", {{"description", "Done."}}}};
    if (operation.answer)
        content["application/json"] = {{"schema", schemas.reference(*operation.answer)}};
    else if (operation.gives == Content::kJson)
        content["application/json"] = {{"schema", {{"type", "object"}, {"maxProperties", 0}}}};
    Json answers{{"200", {{"description", "Done."}, {"content", content}}}};
    if (operation.gives == Content::kBytes) answers["206"] = {{"description", "A part."}, {"content", content}};
    if (operation.gives == Content::kEvents) answers["204"] = {{"description", "There is nothing more to come."}};
    return answers;
}

Json answers_of(const Endpoint& endpoint, JsonSchemas& schemas) {
    Json answers = good_answers(endpoint, schemas);
    const Json error{{"$ref", "#/components/responses/Error"}};
    for (const char* status : {"400", "404", "default"}) answers[status] = error;
    if (endpoint.access == Access::kPublic) return answers;
    for (const char* status : {"401", "403"}) answers[status] = error;
    return answers;
}

Json operation_json(const Endpoint& endpoint, JsonSchemas& schemas) {
    Json json{{"summary", endpoint.operation.summary},
              {"tags", {family_of(endpoint)}},
              {"responses", answers_of(endpoint, schemas)}};
    if (Json parameters = parameters_of(endpoint, schemas); !parameters.empty())
        json["parameters"] = std::move(parameters);
    if (Json body = request_body(endpoint, schemas); !body.is_null()) json["requestBody"] = std::move(body);
    if (endpoint.access == Access::kPublic) json["security"] = Json::array();
    return json;
}

void add(Json& paths, const std::string& path, const std::string& method, Json operation) {
    operation["operationId"] = operation_id(method, path);
    paths[path][method] = std::move(operation);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

Json paths_json(const Router& router, JsonSchemas& schemas) {
    Json paths = Json::object();
    for (const Endpoint* endpoint : router.endpoints()) {
        const Json operation = operation_json(*endpoint, schemas);
        std::vector<std::string> methods{lower(endpoint->method)};
        if (endpoint->method == "*") methods = {"get", "post", "put", "patch", "delete"};
        for (const std::string& method : methods) {
            if (endpoint->versions == Versions::kNone) add(paths, template_of(endpoint->path), method, operation);
            for (ApiVersion version : each(endpoint->versions))
                add(paths, "/api/" + std::string(wire_name(version)) + template_of(endpoint->path), method, operation);
        }
    }
    return paths;
}
}  // namespace

std::string family_of(const Endpoint& endpoint) {
    static const std::set<std::string, std::less<>> kSilent{"api", "2.0", "3.0", "preview", "stoker", "v1"};
    for (const std::string& segment : segments_of(endpoint.path)) {
        if (kSilent.contains(segment)) continue;
        return endpoint.access == Access::kPublic ? "server" : endpoint.access == Access::kBrowser ? "mlflow" : segment;
    }
    return "server";
}

std::vector<std::string> path_parameters_of(const Endpoint& endpoint) {
    std::vector<std::string> names;
    for (const std::string& segment : segments_of(endpoint.path))
        if (is_parameter(segment)) names.push_back(parameter_name(segment));
    return names;
}

bool takes_query(const Endpoint& endpoint) {
    return endpoint.method == "GET" || endpoint.method == "HEAD" || endpoint.operation.takes == Content::kBytes ||
           endpoint.operation.takes == Content::kAnything;
}

Json openapi_document(const Router& router) {
    JsonSchemas schemas;
    Json paths = paths_json(router, schemas);
    std::set<std::string> families;
    for (const Endpoint* endpoint : router.endpoints()) families.insert(family_of(*endpoint));
    Json tags = Json::array();
    for (const std::string& family : families) tags.push_back({{"name", family}});
    const Json error{{"description", "Refused, or failed."},
                     {"content", {{"application/json", {{"schema", schemas.reference(schema::kError)}}}}}};
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "Stoker"},
              {"version", "1"},
              {"description",
               "Jobs, runs, clusters and workspace files as the Databricks REST API has them. "
               "A field is refused or stored without effect where its description says so; unknown "
               "fields are ignored and named in X-Stoker-Ignored-Fields."}}},
            {"servers", {{{"url", "/"}}}},
            {"security", {{{"token", Json::array()}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", schemas.components()},
              {"responses", {{"Error", error}}},
              {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace stoker::api
