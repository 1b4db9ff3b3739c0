#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

/// The mlflow server's REST API and browser UI, behind our tokens.
std::span<const Endpoint> mlflow_endpoints();

}  // namespace stoker::api
