#include "cli/mlflow_server.h"

#include <cstdlib>

namespace stoker::cli {

clusters::SpawnRequest mlflow_server_command(const MlflowServer& server) {
    clusters::SpawnRequest request;
    request.argv = {server.python.string(), "-m", "stoker_kernel.mlflow_server", "--folder", server.folder.string(),
                    "--backend-store-uri", server.database_url, "--artifacts-destination", server.artifacts.string(),
                    "--workers", "1", "--uvicorn-opts", "--uds " + server.socket().string() + " --log-level warning",
                    // Host names are checked by whoever stands before Stoker's port; nobody else reaches the socket.
                    "--allowed-hosts", "*"};
    request.environ = {
        {"PATH", server.python.parent_path().string() + ":/usr/local/bin:/usr/bin:/bin"},
        {"HOME", server.folder.string()},
        {"PYTHONPATH", server.kernel_package.string()},
        // Not from its working folder: modules come from the environment only.
        {"PYTHONSAFEPATH", "1"},
        {"LANG", "C.UTF-8"},
        {"PGPASSWORD", server.database_password},
        {"MLFLOW_DISABLE_TELEMETRY", "true"},
        {"DO_NOT_TRACK", "true"},
        {"PYTHONDONTWRITEBYTECODE", "1"},
        // Work that MLflow would run in the background needs its own server-side job runner; Stoker is the job runner
        // here.
        {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false"},
    };
    request.working_folder = server.folder;
    request.output_file = server.log_file;
    request.os_user = server.os_user;
    request.group_of = server.database_user;
    return request;
}

}  // namespace stoker::cli
