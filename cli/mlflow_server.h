#pragma once
#include <filesystem>
#include <string>

#include "clusters/process.h"

namespace stoker::cli {

/// How the real `mlflow server` is started: closed in by stoker_kernel.mlflow_server, on a unix socket in a closed
/// folder, so that it is reachable only through the API's port, with its backend store in a database of its own and
/// artifacts under the storage root.
struct MlflowServer {
    std::filesystem::path python;          // of the environment that has mlflow
    std::filesystem::path kernel_package;  // the folder that holds stoker_kernel/
    std::filesystem::path folder;          // owned by os_user, closed to all others: its home
    std::filesystem::path artifacts;       // likewise
    std::filesystem::path log_file;
    std::string database_url;       // postgresql://role@/database?host=…; without the password
    std::string database_password;  // handed over in the environment
    std::string database_user;      // OS user whose group reaches the database's socket; "" = nobody's needed
    std::string os_user;            // "" = ours

    std::filesystem::path socket() const { return folder / "server.sock"; }
};
clusters::SpawnRequest mlflow_server_command(const MlflowServer& server);

}  // namespace stoker::cli
