#include "api/http/application.h"

#include <spdlog/spdlog.h>

#include "api/http/exchange.h"
#include "api/http/middleware/errors.h"
#include "api/http/multipart.h"
#include "api/http/parameters.h"
#include "api/schema/check.h"
#include "api/schema/common.h"

namespace stoker::api {
namespace {
/// A query names the items of an array one by one, so that one alone arrives as a text.
void wrap_single_items(nlohmann::json& parameters, const Schema& schema) {
    for (const Schema* part = &schema; part; part = part->extends)
        for (const Field& field : part->fields) {
            if (!field.is_array) continue;
            const auto sent = parameters.find(std::string(field.name));
            if (sent != parameters.end() && sent->is_string()) *sent = nlohmann::json::array({*sent});
        }
}

void check_request(Request& request) {
    const Operation& operation = request.endpoint->operation;
    if (operation.summary.empty() || operation.checked_by == CheckedBy::kHandler) return;
    const Schema& schema = operation.request ? *operation.request : schema::kNothing;
    if (request.method == "GET" || request.method == "HEAD") wrap_single_items(request.parameters, schema);
    check(JsonReader(request.parameters), schema, request.ignored_fields);
}
}  // namespace

Application::Application(Services& services, Authentication& authentication)
    : services_(services), authentication_(authentication), ignored_fields_(services.clock) {}

boost::asio::awaitable<std::optional<Response>> Application::admit(Request& request) {
    std::exception_ptr failure;
    try {
        services_.router.route(request);
        if (request.endpoint->access != Access::kPublic) co_await authentication_.authenticate(request);
        co_return std::nullopt;
    } catch (...) {
        failure = std::current_exception();
    }
    Response refusal = error_response(request, failure);
    if (refusal.status == 401) refusal.headers.add("WWW-Authenticate", std::string(challenge(request)));
    co_return refusal;
}

boost::asio::awaitable<bool> Application::still_admits(const Request& request) {
    Request again = request;
    const std::optional<Response> refusal = co_await admit(again);
    co_return !refusal || refusal->status >= 500;
}

boost::asio::awaitable<Response> Application::answer(Request& request) {
    std::exception_ptr failure;
    try {
        const bool is_form = is_multipart_form(request.headers.get("Content-Type"));
        request.parameters =
            parse_parameters(request.method, request.query, is_form ? std::string_view() : request.body);
        if (!is_form || request.endpoint->operation.takes != Content::kForm) check_request(request);
        co_return co_await request.endpoint->handler(services_, request);
    } catch (...) {
        failure = std::current_exception();
    }
    co_return error_response(request, failure);
}

boost::asio::awaitable<std::optional<Response>> Application::stream(Request& request, Exchange& exchange) {
    std::exception_ptr failure;
    try {
        co_await request.endpoint->stream(services_, request, exchange);
        co_return std::nullopt;
    } catch (...) {
        failure = std::current_exception();
    }
    co_return error_response(request, failure);
}

void Application::complete(const Request& request, Response& response) {
    ignored_fields_.tell(request, response);
    response.headers.add("X-Request-Id", request.request_id);
    response.headers.add("X-Databricks-Org-Id", services_.workspace_id);
}

void Application::record(const Request& request, int status, std::chrono::duration<double> took) {
    services_.metrics.request_answered(request, status, took);
    if (!services_.settings.log_requests) return;
    spdlog::info("request request_id={} method={} path={} status={} ms={:.1f} user={}", request.request_id,
                 request.method, request.path, status, took.count() * 1000, request.principal.user_name);
}

}  // namespace stoker::api
