#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "clusters/catalog.h"
#include "clusters/provider_names.h"
#include "clusters/worker_group.h"
#include "core/ids.h"

namespace stoker::clusters {

/// All that a node tells a `stoker worker` process, as a JSON file (0600, workers/<worker_id>/launch.json) named by
/// `--launch FILE`. The worker interprets no cluster definition. On SIGHUP it reads the file again, for libraries.
struct WorkerLaunch {
    WorkerId worker_id;
    ClusterId cluster_id;
    std::string cluster_name;
    std::int64_t generation = 1;
    std::string spark_context_id;
    bool is_head = true;
    int slots = 4;
    bool autoscales = false;     // the scheduler wants to hear when all slots are taken
    std::int64_t memory_mb = 0;  // per kernel; 0 = no limit
    int cores = 1;
    bool several_workers = false;            // Spark is the cluster's, not each worker's own
    bool head_is_near = false;               // on the same node, so by its loopback
    std::string address;                     // by which other nodes reach this worker's Spark; "" = it finds out
    std::int64_t executor_memory_mb = 1024;  // of that Spark, unless the definition says
    WorkerLimits limits;                     // of the worker and all it starts; memory_mb above is each kernel's own
    int gpus = 0;                            // of its node type
    // What enforces them: "cgroup v2", "cgroup v1", "rlimits", the name of a provider; "machine" = none are needed.
    std::string limits_by = "machine";
    std::string provider = kLocalProvider;   // where it runs: tag stoker.provider
    std::filesystem::path dsn_file;          // connection string of the role stoker_worker
    std::filesystem::path sealing_key_file;  // what secrets of users are sealed with; none there: the server opens them
    std::filesystem::path node_token_file;   // by which it does, of a node that joined; "" = it does not
    std::filesystem::path work_folder;       // workers/<worker_id>
    std::filesystem::path dbfs_root;
    std::filesystem::path python;            // the environment's interpreter
    std::filesystem::path kernel_path;       // folder that holds stoker_kernel/
    std::filesystem::path jars_folder;       // "" = no Maven libraries
    std::filesystem::path data_folder;       // root of it all: environments for libraries of tasks
    std::string server_url;                  // what kernels call for MLflow and the API
    std::filesystem::path server_authority;  // the one that vouches for it (PEM); "" = the machine's own do
    std::filesystem::path ca_bundle;         // whom kernels trust (PEM); "" = the machine's own
    std::string metastore_uri;               // of the catalog of tables; "" = each driver has one of its own
    std::string workspace_id;                // as clients see it
    std::string kernel_user;                 // "" = the worker's own user
    SparkVersion spark;                      // with `libraries`, what environments for tasks build on
    std::string libraries = "[]";            // the cluster's, JSON text
    std::string init_scripts = "[]";         // run before the worker serves, JSON text
    std::string log_folder;                  // beneath the DBFS root, where its logs are delivered; "" = nowhere
    std::string run_as_user_name;
    std::map<std::string, std::string> spark_conf;
    std::map<std::string, std::string> spark_env_vars;
};

std::string to_json(const WorkerLaunch& launch);
/// What the init scripts of a cluster's workers print, a folder each.
std::filesystem::path init_script_logs(const std::filesystem::path& data_folder, const ClusterId& cluster_id);
std::filesystem::path launch_file(const std::filesystem::path& work_folder);
/// Where it prints to, as all workers of its cluster do.
std::filesystem::path worker_log(const WorkerLaunch& launch);
/// Replaces the file in the work folder, closed to others.
void write_launch(const WorkerLaunch& launch);
/// Throws std::runtime_error naming the file and what is wrong.
WorkerLaunch read_worker_launch(const std::filesystem::path& file);

}  // namespace stoker::clusters
