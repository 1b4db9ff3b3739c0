#include <array>

#include "api/http/exchange.h"
#include "api/mlflow/endpoints.h"
#include "api/mlflow/upstream.h"
#include "api/services.h"

namespace stoker::api {
namespace {
using Streamed = boost::asio::awaitable<void>;

Streamed forward(Services& services, Request& request, Exchange& exchange) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_await services.mlflow.forward(request, exchange, request.target);
}

/// The UI asks for everything relative to its own address, so it lives below /mlflow as it does at the root.
Streamed forward_ui(Services& services, Request& request, Exchange& exchange) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    std::string target = request.target.substr(request.target.find("mlflow") + std::string_view("mlflow").size());
    if (target.empty() || target.front() != '/') target.insert(0, "/");
    co_await services.mlflow.forward(request, exchange, std::move(target));
}

constexpr Endpoint proxied(std::string_view path, StreamHandler handler, Access access) {
    return {"*", path, Versions::kNone, Action::kUse, nullptr, handler, access, true};
}
constexpr std::array kEndpoints{
    proxied("/api/2.0/mlflow/{rest*}", forward, Access::kToken),
    proxied("/api/3.0/mlflow/{rest*}", forward, Access::kToken),
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
