#include <array>

#include "api/http/exchange.h"
#include "api/mlflow/databricks_exchange.h"
#include "api/mlflow/endpoints.h"
#include "api/mlflow/upstream.h"
#include "api/services.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Streamed = boost::asio::awaitable<void>;

Streamed forward(Services& services, Request& request, Exchange& exchange) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_await services.mlflow.forward(request, exchange, request.target);
}

/// What clients write artifact URIs into.
bool may_carry_uri(const Request& request) {
    return request.method == "POST" &&
           (request.path.ends_with("/model-versions/create") || request.path.ends_with("/experiments/create"));
}

boost::asio::awaitable<std::string> rewritten_body(Services& services, Exchange& exchange) {
    constexpr std::size_t kChunk = 64 * 1024;
    std::string part(kChunk, '\0');
    std::string body;
    ArtifactUriRewriter rewriter(UriForm::kMlflow);
    while (true) {
        const std::size_t count = co_await exchange.read_body(part.data(), part.size());
        if (count == 0) break;
        body += rewriter.feed(std::string_view(part).substr(0, count));
        if (body.size() > services.settings.body_limit)
            throw ApiError(ErrorCode::kRequestTooLarge, "The request body is larger than " +
                                                            std::to_string(services.settings.body_limit) + " bytes.");
    }
    co_return body + rewriter.finish();
}

/// Clients of Databricks' SDK have names of their own for places in the artifact store.
Streamed forward_tracking(Services& services, Request& request, Exchange& exchange) {
    if (!is_databricks_client(request)) {
        co_await forward(services, request, exchange);
        co_return;
    }
    DatabricksExchange translated(exchange);
    if (may_carry_uri(request)) {
        std::string body = co_await rewritten_body(services, exchange);
        translated.replace_body(std::move(body));
    }
    co_await forward(services, request, translated);
}

/// The UI asks for everything relative to its own address, so it lives below /mlflow as it does at the root.
Streamed forward_ui(Services& services, Request& request, Exchange& exchange) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    std::string target = request.target.substr(request.target.find("mlflow") + std::string_view("mlflow").size());
    if (target.empty() || target.front() != '/') target.insert(0, "/");
    co_await services.mlflow.forward(request, exchange, std::move(target));
}

constexpr Operation kPassedOn = Operation{"Passed on to MLflow."}.taking(Content::kAnything).giving(Content::kAnything);

constexpr Endpoint proxied(std::string_view path, StreamHandler handler, Access access) {
    return {"*", path, Versions::kNone, Action::kUse, nullptr, handler, access, true, false, kPassedOn};
}
constexpr std::array kEndpoints{
    proxied("/api/2.0/mlflow/{rest*}", forward_tracking, Access::kToken),
    proxied("/api/3.0/mlflow/{rest*}", forward_tracking, Access::kToken),
    proxied("/api/2.0/mlflow-artifacts/{rest*}", forward, Access::kToken),
    proxied("/ajax-api/{rest*}", forward, Access::kBrowser),
    proxied("/graphql", forward, Access::kBrowser),
    proxied("/static-files/{rest*}", forward, Access::kBrowser),
    proxied("/get-artifact", forward, Access::kBrowser),
    proxied("/model-versions/get-artifact", forward, Access::kBrowser),
    proxied("/mlflow/{rest*}", forward_ui, Access::kBrowser),
};
}  // namespace

std::span<const Endpoint> mlflow_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
