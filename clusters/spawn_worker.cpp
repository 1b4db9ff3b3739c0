#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/cluster_keeper.h"
#include "clusters/command.h"
#include "clusters/file_descriptor.h"
#include "clusters/worker_group.h"
#include "clusters/worker_launch.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

/// Mode 0600 from its first moment; a worker that reads it finds the whole of it, old or new.
void write_closed_file(const fs::path& file, const std::string& text) {
    fs::path next = file;
    next += ".next";
    fs::remove(next);
    FileDescriptor out(open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out || write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), next.string());
    fs::rename(next, file);
}

/// A node type that is as large as the machine is held by the machine.
WorkerLimits limits_of(const NodeType& type, const Machine& machine) {
    WorkerLimits limits;
    if (type.memory_mb < machine.memory_mb) limits.memory_mb = type.memory_mb;
    if (type.cores < machine.cores) limits.cores = type.cores;
    return limits;
}

void apply_limits(const WorkerLimits& limits, WorkerLaunch& launch) {
    launch.limits = limits;
    if (limits.memory_mb == 0 && limits.cores == 0) return;
    launch.limits_by = WorkerGroup(launch.worker_id).make(limits);
    if (!launch.limits_by.empty()) return;
    launch.limits_by = "rlimits";
    // One process cannot be held to what all have together: each kernel may have as much.
    if (limits.memory_mb > 0)
        launch.memory_mb = launch.memory_mb > 0 ? std::min(launch.memory_mb, limits.memory_mb) : limits.memory_mb;
}

bool has_several_workers(const ClusterDefinition& definition) {
    const auto profile = definition.spark_conf.find("spark.databricks.cluster.profile");
    const bool single_node = profile != definition.spark_conf.end() && profile->second == "singleNode";
    return (definition.num_workers > 0 || definition.autoscale) && !single_node;
}

}  // namespace

void write_launch(const WorkerLaunch& launch) {
    write_closed_file(launch_file(launch.work_folder), to_json(launch));
}

WorkerLaunch ClusterKeeper::launch_of(const db::ClusterRow& cluster, const Served& served, const LivingWorker& worker,
                                      const ClusterDefinition& definition) const {
    NodeType type = catalog_.find_node_type(definition.node_type_id).value();
    ClusterPreparation::Result prepared = served.preparation->result();
    WorkerLaunch launch;
    launch.worker_id = worker.worker_id;
    launch.cluster_id = cluster.cluster_id;
    launch.cluster_name = cluster.cluster_name;
    launch.generation = cluster.generation;
    launch.spark_context_id = std::to_string(cluster.start_time + cluster.generation);
    launch.is_head = worker.is_head;
    launch.slots = definition.slots ? definition.slots : type.cores;
    launch.autoscales = definition.autoscale.has_value();
    launch.memory_mb = definition.kernel_memory_mb;
    launch.cores = type.cores;
    // On the loopback: workers on other machines than the head's have a Spark of their own.
    launch.several_workers = has_several_workers(definition) && served.has_head;
    // Besides the driver and the runs: a quarter of what the node type has, in as many parts as executors are likely.
    launch.executor_memory_mb = std::clamp<std::int64_t>(type.memory_mb / 4 / type.cores, 512, 4096);
    apply_limits(limits_of(type, catalog_.machine()), launch);
    launch.dsn_file = settings_.dsn_file;
    launch.sealing_key_file = settings_.sealing_key_file;
    launch.work_folder = settings_.data_folder / "workers" / worker.worker_id;
    launch.dbfs_root = settings_.dbfs_root;
    launch.python = prepared.environment.python;
    launch.kernel_path = settings_.kernel_path;
    launch.jars_folder = prepared.jars.folder;
    launch.data_folder = settings_.data_folder;
    launch.server_url = settings_.server_url;
    launch.metastore_uri = settings_.metastore_uri;
    launch.workspace_id = settings_.workspace_id;
    launch.kernel_user = settings_.kernel_user;
    launch.spark = *catalog_.find_spark_version(definition.spark_version);
    launch.libraries = cluster.libraries;
    launch.init_scripts = init_scripts_json(definition.init_scripts).dump();
    launch.run_as_user_name = cluster.run_as_user_name;
    launch.spark_conf = definition.spark_conf;
    launch.spark_env_vars = definition.spark_env_vars;
    return launch;
}

pid_t ClusterKeeper::spawn_worker(const WorkerLaunch& launch) {
    // Kernels of another user pass through these folders on the way to their own.
    for (const fs::path& folder : {settings_.data_folder / "workers", launch.work_folder}) {
        fs::create_directories(folder);
        fs::permissions(folder, fs::perms(0711));
    }
    for (const char* folder : {"logs", kSparkJars, "spark_logs"})
        fs::create_directories(settings_.data_folder / folder);
    write_launch(launch);

    SpawnRequest request;
    request.argv = {program_.string(), "worker", "--launch", launch_file(launch.work_folder).string()};
    request.environ = machine_environ();
    request.working_folder = launch.work_folder;
    // A worker of a pool begins as no cluster's: the pool's id is its name.
    const std::string owner = launch.cluster_id.empty() ? launch.cluster_name : launch.cluster_id;
    request.output_file = settings_.data_folder / "logs" / (owner + ".log");
    return children_.spawn(request);
}

}  // namespace stoker::clusters
