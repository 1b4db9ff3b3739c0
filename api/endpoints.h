#pragma once

namespace stoker::api {

class Router;

/// Every route of the server.
void register_endpoints(Router& router);

}  // namespace stoker::api
