#pragma once
#include <string>
#include <vector>

#include "db/worker_pool_store.h"

namespace stoker::api {

/// Of each live cluster, in Prometheus' text form. Made anew for each answer: a cluster that is gone leaves no figure.
std::string pool_metrics(const std::vector<db::WorkerPoolRow>& pools);

}  // namespace stoker::api
