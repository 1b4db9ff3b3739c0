#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> cluster_policy_endpoints();

namespace cluster_policy {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer edit(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer list(Services& services, Request& request);
// Templates that the reference ships; there are none here.
Answer list_families(Services& services, Request& request);
Answer get_family(Services& services, Request& request);
}  // namespace cluster_policy

}  // namespace stoker::api
