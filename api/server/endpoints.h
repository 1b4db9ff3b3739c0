#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

/// What the server says of itself, without a token.
std::span<const Endpoint> server_endpoints();

}  // namespace stoker::api
