#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

/// The Spark UI of clusters: /sparkui/{cluster_id}/…
std::span<const Endpoint> spark_page_endpoints();

}  // namespace stoker::api
