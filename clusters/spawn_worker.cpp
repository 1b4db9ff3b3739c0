#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/cluster_keeper.h"
#include "clusters/file_descriptor.h"
#include "clusters/worker_launch.h"
#include "core/random.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
namespace net = boost::asio;

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
    launch.several_workers = has_several_workers(definition);
    launch.head_is_near = served.has_head;
    // Besides the driver and the runs: a quarter of what the node type has, in as many parts as executors are likely.
    launch.executor_memory_mb = std::clamp<std::int64_t>(type.memory_mb / 4 / type.cores, 512, 4096);
    launch.provider = definition.provider;
    WorkerProvider& provider = *providers_.at(definition.provider);
    if (provider.is_of_this_machine()) launch.address = settings_.address;
    provider.hold(type, launch);
    launch.dsn_file = settings_.dsn_file;
    launch.sealing_key_file = settings_.sealing_key_file;
    launch.node_token_file = settings_.node_token_file;
    launch.work_folder = settings_.data_folder / "workers" / worker.worker_id;
    launch.dbfs_root = settings_.dbfs_root;
    launch.python = prepared.environment.python;
    launch.kernel_path = settings_.kernel_path;
    launch.jars_folder = prepared.jars.folder;
    launch.data_folder = settings_.data_folder;
    launch.server_url = settings_.server_url;
    launch.server_authority = settings_.server_authority;
    launch.ca_bundle = settings_.ca_bundle;
    const bool has_door = settings_.metastore_uri.empty() && provider.is_of_this_machine();
    launch.metastore_uri = has_door ? settings_.tables_door : settings_.metastore_uri;
    launch.workspace_id = settings_.workspace_id;
    launch.kernel_user = settings_.kernel_user;
    launch.spark = *catalog_.find_spark_version(definition.spark_version);
    launch.libraries = cluster.libraries;
    launch.init_scripts = init_scripts_json(definition.init_scripts).dump();
    launch.log_folder = definition.log_folder;
    launch.run_as_user_name = cluster.run_as_user_name;
    launch.spark_conf = definition.spark_conf;
    launch.spark_env_vars = definition.spark_env_vars;
    return launch;
}

void ClusterKeeper::make_folders(const WorkerLaunch& launch) const {
    // Kernels of another user pass through these folders on the way to their own.
    for (const fs::path& folder : {settings_.data_folder / "workers", launch.work_folder}) {
        fs::create_directories(folder);
        fs::permissions(folder, fs::perms(0711));
    }
    for (const char* folder : {"logs", kSparkJars, "spark_logs"})
        fs::create_directories(settings_.data_folder / folder);
}

net::awaitable<void> ClusterKeeper::start_worker(const db::ClusterRow& cluster, Served& served, bool is_head) {
    ClusterDefinition definition = stored_definition(cluster.spec, cluster.libraries, catalog_);
    const std::string& pool_id = is_head ? definition.driver_instance_pool_id : definition.instance_pool_id;
    const auto pool = pools_.find(pool_id);
    Instances::iterator warm;
    bool is_warm = false;
    if (pool != pools_.end()) {
        warm = fitting_instance(pool->second, definition, served);
        is_warm = warm != pool->second.served.workers.end();
    }
    db::WorkerRow worker{is_warm ? warm->first : random_uuid(),
                         cluster.cluster_id,
                         settings_.node_id,
                         cluster.generation,
                         is_head,
                         "STARTING"};
    const NodeType type = catalog_.find_node_type(definition.node_type_id).value();
    WorkerProvider& provider = *providers_.at(definition.provider);
    const bool takes_room = provider.is_of_this_machine();
    const db::WorkerSize size{definition.slots ? definition.slots : type.cores, takes_room ? type.cores : 0,
                              takes_room ? type.memory_mb : 0};
    // Registered before it can claim; should it never come to life, the next pass takes it back.
    served.unborn.push_back(worker.worker_id);
    const bool taken = co_await take_place(cluster, served, worker, size, pool_id);
    if (!taken) {  // another node's head, a generation that is over, a full pool: the next pass sees it
        served.unborn.pop_back();
        co_return;
    }
    LivingWorker living{.worker_id = worker.worker_id,
                        .generation = worker.generation,
                        .is_head = is_head,
                        .libraries = cluster.libraries};
    const WorkerLaunch launch = launch_of(cluster, served, living, definition);
    make_folders(launch);
    write_launch(launch);
    if (is_warm) {
        auto instance = pool->second.served.workers.extract(warm);
        instance.mapped()->hand_over(living);
        served.workers.insert(std::move(instance));
    } else {
        served.workers.emplace(worker.worker_id, provider.start(living, launch, definition));
    }
    served.unborn.pop_back();
    if (!pool_id.empty()) served.pools.emplace(worker.worker_id, pool_id);
    log_delivery_.worker_starts(cluster.cluster_id, worker.worker_id, definition.log_folder);
    spdlog::info("cluster_id={} worker_id={} generation={} started{}", cluster.cluster_id, worker.worker_id,
                 worker.generation, is_warm ? " warm, of its instance pool" : "");
}

/// Workers of an earlier life of this node whose provider keeps them alive without it.
std::vector<WorkerId> ClusterKeeper::adopt_workers() {
    std::vector<WorkerId> adopted;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(settings_.data_folder / "workers", none)) {
        try {
            const WorkerLaunch launch = read_worker_launch(launch_file(entry.path()));
            std::unique_ptr<Worker> worker = providers_.at(launch.provider)->adopt(launch);
            if (!worker) continue;
            served_[launch.cluster_id].workers.emplace(launch.worker_id, std::move(worker));
            log_delivery_.worker_starts(launch.cluster_id, launch.worker_id, launch.log_folder);
            adopted.push_back(launch.worker_id);
        } catch (const std::exception& error) {
            spdlog::warn("worker_id={} of an earlier life is given up: {}", entry.path().filename().string(),
                         error.what());
        }
    }
    return adopted;
}

}  // namespace stoker::clusters
