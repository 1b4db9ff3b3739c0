#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> workspace_endpoints();

namespace workspace {
using Answer = boost::asio::awaitable<Response>;

Answer import_object(Services& services, Request& request);
Answer export_object(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer mkdirs(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Answer get_status(Services& services, Request& request);
}  // namespace workspace

}  // namespace stoker::api
