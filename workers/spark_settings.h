#pragma once
#include <filesystem>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/worker_launch.h"
#include "db/spark_master_store.h"

namespace stoker::workers {

/// The Spark of a cluster of several workers, as one of them sees it.
struct ClusterSpark {
    db::SparkMaster master;
    std::string address;              // by which the others reach this worker's parts of it, as Spark writes hosts
    std::filesystem::path dbfs_root;  // under a name that it has for all of them
};

/// As Spark writes hosts. "": the loopback.
std::string spark_host(const std::string& address);

/// A loopback is each machine's own.
bool is_within_reach(const std::string& master_url, const std::string& own_host, bool is_near);

/// What a JVM with a Spark driver in it has of its cluster's cores: what every worker has, or that by its slots.
enum class SparkShare { kWorker, kRun };

/// What every JVM with a Spark driver in it is told of its cluster (stoker_kernel.spark.conf.DriverConfig). `jars`:
/// folders of the class path, what is preferred first. Without a cluster its Spark is its own.
nlohmann::json spark_settings(const clusters::WorkerLaunch& launch, const std::vector<std::filesystem::path>& jars,
                              const std::optional<ClusterSpark>& cluster, SparkShare share);

/// The cores that a worker offers: as many as its own driver and all its slots may ask the cluster for, so that nobody
/// waits for what another holds. Linux divides what there is.
int offered_cores(const clusters::WorkerLaunch& launch);

}  // namespace stoker::workers
