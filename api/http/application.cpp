#include "api/http/application.h"

#include <spdlog/spdlog.h>

#include "api/http/exchange.h"
#include "api/http/middleware/errors.h"
#include "api/http/multipart.h"
#include "api/http/parameters.h"

namespace stoker::api {

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

boost::asio::awaitable<Response> Application::answer(Request& request) {
    std::exception_ptr failure;
    try {
        const bool is_form = is_multipart_form(request.headers.get("Content-Type"));
        request.parameters =
            parse_parameters(request.method, request.query, is_form ? std::string_view() : request.body);
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
