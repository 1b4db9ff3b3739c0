#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> identity_endpoints();

namespace identity {
boost::asio::awaitable<Response> me(Services& services, Request& request);
}

}  // namespace stoker::api
