#include "workers/spark_settings.h"

#include <algorithm>

#include "clusters/jars.h"

namespace stoker::workers {
namespace {

int cores_of_run(const clusters::WorkerLaunch& launch) {
    return std::max(1, launch.cores / launch.slots);
}

}  // namespace

nlohmann::json spark_settings(const clusters::WorkerLaunch& launch, const std::vector<std::filesystem::path>& jars,
                              const std::optional<db::SparkMaster>& master, SparkShare share) {
    nlohmann::json folders = nlohmann::json::array();
    for (const auto& folder : jars) folders.push_back(folder.string());
    nlohmann::json settings = {{"spark_conf", launch.spark_conf},
                               {"cluster_id", launch.cluster_id},
                               {"cluster_name", launch.cluster_name},
                               {"jars_folders", std::move(folders)},
                               {"delta_lake", std::any_of(jars.begin(), jars.end(), clusters::holds_delta_lake)},
                               {"metastore_uri", launch.metastore_uri}};
    if (master) {
        settings["master"] = master->master_url;
        settings["secret"] = master->secret;
        settings["cores"] = share == SparkShare::kWorker ? launch.cores : cores_of_run(launch);
        settings["executor_memory_mb"] = launch.executor_memory_mb;
    }
    return settings;
}

int offered_cores(const clusters::WorkerLaunch& launch) {
    return launch.cores + launch.slots * cores_of_run(launch);
}

}  // namespace stoker::workers
