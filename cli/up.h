#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "cli/command_line.h"
#include "cli/notification_options.h"
#include "cli/tls_options.h"

namespace stoker::cli {

struct UpOptions {
    std::filesystem::path data_folder;
    std::string host = "127.0.0.1";
    std::string server_url;  // what notebooks call; "" = as clients on this machine do
    std::uint16_t port = 8080;
    std::string database_url;  // "" = embedded Postgres
    std::string service_user = "postgres";
    std::string kernel_user = "stoker-kernel";
    std::string mlflow_user = "stoker-mlflow";
    std::string user;
    std::filesystem::path uv_cache;
    bool own_tls = false;  // the API shows a certificate of this installation's own authority
    TlsOptions tls;        // or one of the operator's
    std::string nodes;     // ADDRESS[:PORT] at which nodes on other machines reach Postgres; "" = none may join
    std::map<std::string, std::string> labels;  // of this machine
    bool mlflow = true;
    bool tables = true;
    int run_retention_days = 60;
    ComputeOption compute;
    int kept_days = 7;
    NotificationOptions notifications;
    LogOptions log;
};

/// Everything for one machine: Postgres, schema, API, scheduler, a node with its workers, MLflow. Returns when a signal
/// has drained it. Throws StartError when it cannot start.
int run_up(const UpOptions& options);

}  // namespace stoker::cli
