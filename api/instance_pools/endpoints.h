#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> instance_pool_endpoints();

/// Pools of warm workers: everybody's to use, the admins' to make.
namespace instance_pools {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer edit(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer list(Services& services, Request& request);
}  // namespace instance_pools

}  // namespace stoker::api
