#include "api/services.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/http/tunnel.h"
#include "api/nodes/endpoints.h"
#include "api/nodes/node.h"
#include "core/json_reader.h"
#include "core/sealed_text.h"
#include "db/git_store.h"

// What a node that joined asks for its workers, where those of the server's own machine help themselves.
namespace stoker::api::nodes {
namespace net = boost::asio;

namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);
constexpr std::chrono::seconds kPatience{5};

/// `uri` is thrift://host:port.
net::awaitable<std::unique_ptr<Tunnel>> connected(std::string uri) {
    const std::string address = uri.substr(uri.find("//") + 2);
    const std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon), port = address.substr(colon + 1);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    const auto executor = co_await net::this_coro::executor;
    net::ip::tcp::resolver resolver(executor);
    auto [unknown, endpoints] = co_await resolver.async_resolve(host, port, kToken);
    auto tunnel = std::make_unique<Tunnel>(Tunnel{boost::beast::tcp_stream(executor)});
    tunnel->service.expires_after(kPatience);
    auto [refused, reached] = co_await tunnel->service.async_connect(endpoints, kToken);
    if (unknown || refused)
        throw ApiError(ErrorCode::kTemporarilyUnavailable, "The catalog of tables cannot be reached at " + uri + ".");
    tunnel->service.expires_never();
    co_return tunnel;
}
}  // namespace

net::awaitable<void> tables(Services& services, Request& request, Exchange&) {
    authorize(request.principal, request.endpoint->action, NodeService{"the catalog of tables"});
    if (services.settings.metastore_uri.empty())
        throw ApiError(ErrorCode::kFeatureDisabled, "This server has no catalog of tables.");
    if (!equal_ignoring_case(request.headers.get("Upgrade"), "tcp"))
        throw ApiError(ErrorCode::kBadRequest, "What is here is no HTTP: ask for it with the header 'Upgrade: tcp'.");
    auto tunnel = co_await connected(services.settings.metastore_uri);
    co_await request.carry(std::move(tunnel));
}

/// Postgres gives the sealed text to the node for runs of its own workers alone.
Answer git_token(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, NodeService{"Git credentials"});
    if (services.settings.sealing_key.empty())
        throw ApiError(ErrorCode::kFeatureDisabled,
                       "This server has no sealing key: `stoker server --sealing-key-file`.");
    const JsonReader body(request.parameters);
    const auto token = open_sealed_text(services.settings.sealing_key,
                                        db::git_token_purpose(body.integer("credential_id"), body.string("user_name")),
                                        body.string("sealed_token"));
    if (!token) body.refuse("sealed_token", "does not open: it was sealed for another credential, or by another key.");
    co_return json_response({{"token", *token}});
}

}  // namespace stoker::api::nodes
