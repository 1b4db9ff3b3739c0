#pragma once
#include <chrono>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "api/http/middleware/authentication.h"
#include "api/http/middleware/ignored_fields.h"
#include "api/http/middleware/metrics.h"
#include "api/http/router.h"
#include "api/services.h"

namespace stoker::api {

/// The middlewares in their order, around an endpoint: route, authenticate | parameters, endpoint, errors | headers
/// that every answer has, metrics, log. The session calls `admit` once it has the header, reads the body, calls
/// `answer`, and `complete` on whatever it is about to send. I/O thread only.
class Application {
  public:
    Application(Services& services, Authentication& authentication);

    /// Route and identity, before any of the body is read. The refusal, or nullopt to go on.
    boost::asio::awaitable<std::optional<Response>> admit(Request& request);
    /// false: a request that was admitted would be refused now. While that cannot be found out it would not.
    boost::asio::awaitable<bool> still_admits(const Request& request);
    /// Parameters and endpoint. Never throws.
    boost::asio::awaitable<Response> answer(Request& request);
    /// A streaming endpoint. The failure as an answer, for as long as none has begun.
    boost::asio::awaitable<std::optional<Response>> stream(Request& request, Exchange& exchange);

    void complete(const Request& request, Response& response);
    void record(const Request& request, int status, std::chrono::duration<double> took);

  private:
    Services& services_;
    Authentication& authentication_;
    IgnoredFields ignored_fields_;
};

}  // namespace stoker::api
