#pragma once
#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/worker_launch.h"

namespace stoker::workers {

/// What every JVM with a Spark driver in it is told of its cluster (stoker_kernel.spark.conf.DriverConfig). `jars`:
/// folders of the class path, what is preferred first.
nlohmann::json spark_settings(const clusters::WorkerLaunch& launch, const std::vector<std::filesystem::path>& jars);

}  // namespace stoker::workers
