#include "workers/spark_settings.h"

#include <algorithm>

#include "clusters/jars.h"
#include "core/random.h"

namespace stoker::workers {
namespace {

namespace fs = std::filesystem;

/// From where executors start, spark_logs/<worker_id>/<application>/<executor>: their own node's, wherever it is.
constexpr const char* kDataFolderOfExecutors = "../../../..";

/// Of drivers that no catalog joins: to each its own tables.
std::string new_warehouse() {
    return "dbfs:/tmp/spark-warehouse/" + random_uuid();
}

bool is_loopback(const std::string& host) {
    return host.starts_with("127.") || host == "localhost" || host == "[::1]";
}

int cores_of_run(const clusters::WorkerLaunch& launch) {
    return std::max(1, launch.cores / launch.slots);
}

}  // namespace

std::string spark_host(const std::string& address) {
    if (address.empty()) return "127.0.0.1";
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

bool is_within_reach(const std::string& master_url, const std::string& own_host, bool is_near) {
    const std::size_t begin = std::string_view("spark://").size();
    const std::string host = master_url.substr(begin, master_url.rfind(':') - begin);
    return is_loopback(host) ? is_loopback(own_host) && is_near : !is_loopback(own_host);
}

nlohmann::json spark_settings(const clusters::WorkerLaunch& launch, const std::vector<fs::path>& jars,
                              const std::optional<ClusterSpark>& cluster, SparkShare share) {
    nlohmann::json folders = nlohmann::json::array();
    for (const auto& folder : jars) folders.push_back(folder.string());
    nlohmann::json settings = {{"spark_conf", launch.spark_conf},
                               {"cluster_id", launch.cluster_id},
                               {"cluster_name", launch.cluster_name},
                               {"jars_folders", std::move(folders)},
                               {"delta_lake", std::any_of(jars.begin(), jars.end(), clusters::holds_delta_lake)},
                               {"metastore_uri", launch.metastore_uri}};
    if (cluster) {
        nlohmann::json executor_jars = nlohmann::json::array();
        for (const fs::path& folder : jars)
            executor_jars.push_back((kDataFolderOfExecutors / folder.lexically_relative(launch.data_folder)).string());
        settings["executor_jars"] = std::move(executor_jars);
        settings["master"] = cluster->master.master_url;
        settings["secret"] = cluster->master.secret;
        settings["address"] = cluster->address;
        settings["dbfs_root"] = cluster->dbfs_root.string();
        settings["warehouse"] = launch.metastore_uri.empty() ? new_warehouse() : "";
        settings["cores"] = share == SparkShare::kWorker ? launch.cores : cores_of_run(launch);
        settings["executor_memory_mb"] = launch.executor_memory_mb;
    }
    return settings;
}

int offered_cores(const clusters::WorkerLaunch& launch) {
    return launch.cores + launch.slots * cores_of_run(launch);
}

}  // namespace stoker::workers
