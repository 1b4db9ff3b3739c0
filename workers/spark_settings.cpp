#include "workers/spark_settings.h"

#include <algorithm>

#include "clusters/jars.h"

namespace stoker::workers {

nlohmann::json spark_settings(const clusters::WorkerLaunch& launch, const std::vector<std::filesystem::path>& jars) {
    nlohmann::json folders = nlohmann::json::array();
    for (const auto& folder : jars) folders.push_back(folder.string());
    return {{"spark_conf", launch.spark_conf},
            {"cluster_id", launch.cluster_id},
            {"cluster_name", launch.cluster_name},
            {"jars_folders", std::move(folders)},
            {"delta_lake", std::any_of(jars.begin(), jars.end(), clusters::holds_delta_lake)},
            {"metastore_uri", launch.metastore_uri}};
}

}  // namespace stoker::workers
