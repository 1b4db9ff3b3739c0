#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> notification_endpoints();

namespace notification {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer change(Services& services, Request& request);
Answer remove(Services& services, Request& request);
/// What was told of a run, and whether it has arrived.
Answer of_run(Services& services, Request& request);
}  // namespace notification

}  // namespace stoker::api
