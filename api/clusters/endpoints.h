#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> cluster_endpoints();

namespace cluster {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer edit(Services& services, Request& request);
Answer update(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer start(Services& services, Request& request);
Answer restart(Services& services, Request& request);
Answer terminate(Services& services, Request& request);
Answer permanent_delete(Services& services, Request& request);
Answer resize(Services& services, Request& request);
Answer change_owner(Services& services, Request& request);
Answer pin(Services& services, Request& request);
Answer unpin(Services& services, Request& request);
Answer events(Services& services, Request& request);
Answer list_node_types(Services& services, Request& request);
Answer spark_versions(Services& services, Request& request);
Answer list_zones(Services& services, Request& request);
}  // namespace cluster

}  // namespace stoker::api
