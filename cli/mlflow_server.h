#pragma once
#include <filesystem>
#include <string>

#include "clusters/process.h"

namespace stoker::cli {

/// How the real `mlflow server` is started: on a unix socket in a closed folder, so that it is reachable only through
/// the API's port, with its backend store in a database of its own and artifacts under the storage root.
struct MlflowServer {
    std::filesystem::path python;     // of the environment that has mlflow
    std::filesystem::path socket;     // made by the server in a folder only its user may enter
    std::filesystem::path artifacts;  // owned by os_user
    std::filesystem::path log_file;
    std::string database_url;       // postgresql://role@/database?host=…; without the password
    std::string database_password;  // handed over in the environment
    std::string os_user;            // "" = ours
};
clusters::SpawnRequest mlflow_server_command(const MlflowServer& server);

}  // namespace stoker::cli
