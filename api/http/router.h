#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/http/authorize.h"
#include "api/http/request.h"
#include "api/schema/operation.h"

namespace stoker::api {

class Exchange;
struct Services;

using Handler = boost::asio::awaitable<Response> (*)(Services&, Request&);
using StreamHandler = boost::asio::awaitable<void> (*)(Services&, Request&, Exchange&);

/// kPublic: anyone. kToken: a token, asked for as Bearer. kBrowser: a token, and a browser is asked to ask for it.
enum class Access { kPublic, kToken, kBrowser };

/// Versions of the API that a route is registered under.
enum class Versions { kNone, k20, kFrom20To21, kFrom20To22 };
std::span<const ApiVersion> each(Versions versions);
std::string_view wire_name(ApiVersion version);

/// One route, as data. `path` is absolute, or relative to /api/<version>/ when `versions` says so; `{name}` takes one
/// segment, `{name*}` the rest (also none). Exactly one of `handler` and `stream` is set. "*" = every method.
struct Endpoint {
    std::string_view method;
    std::string_view path;
    Versions versions = Versions::kNone;
    Action action = Action::kNone;
    Handler handler = nullptr;
    StreamHandler stream = nullptr;
    Access access = Access::kToken;
    bool serves_models = false;  // MLflow: a run's token may read it for a while after the run
    bool serves_nodes = false;   // takes the tokens of nodes that joined, too
    Operation operation = {};

    constexpr Endpoint with(Operation documented) const {
        Endpoint endpoint = *this;
        endpoint.operation = documented;
        return endpoint;
    }
};

/// Finds the endpoint of a path. Doubled and trailing slashes do not matter. Filled at start-up, then only read.
class Router {
  public:
    Router();
    ~Router();
    /// `endpoint` must outlive the router. Throws std::logic_error when the route is taken.
    void add(const Endpoint& endpoint);
    void add(std::span<const Endpoint> endpoints);

    /// Sets endpoint, version and path_parameters of the request; a HEAD without a route of its own takes that of GET.
    /// Throws ApiError ENDPOINT_NOT_FOUND, or BAD_REQUEST for a path that climbs (`..`).
    void route(Request& request) const;

    /// Everything registered, in order.
    const std::vector<const Endpoint*>& endpoints() const { return endpoints_; }

  private:
    struct Node;
    std::unique_ptr<Node> root_;
    std::vector<const Endpoint*> endpoints_;
};

}  // namespace stoker::api
