#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> library_endpoints();

namespace libraries {
using Answer = boost::asio::awaitable<Response>;

Answer install(Services& services, Request& request);
Answer uninstall(Services& services, Request& request);
Answer cluster_status(Services& services, Request& request);
Answer all_cluster_statuses(Services& services, Request& request);
}  // namespace libraries

}  // namespace stoker::api
