#include "clusters/local_provider.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "clusters/command.h"
#include "clusters/worker_group.h"
#include "clusters/worker_process.h"

namespace stoker::clusters {
namespace {

/// A node type that is as large as the machine is held by the machine.
WorkerLimits limits_of(const NodeType& type, const Machine& machine) {
    WorkerLimits limits;
    if (type.memory_mb < machine.memory_mb) limits.memory_mb = type.memory_mb;
    if (type.cores < machine.cores) limits.cores = type.cores;
    return limits;
}

}  // namespace

LocalProvider::LocalProvider(boost::asio::any_io_executor executor, const Clock& clock, Children& children,
                             Machine machine, std::filesystem::path program, std::function<void()> changed)
    : executor_(std::move(executor)),
      clock_(clock),
      children_(children),
      machine_(machine),
      program_(std::move(program)),
      changed_(std::move(changed)) {}

void LocalProvider::hold(const NodeType& type, WorkerLaunch& launch) {
    launch.gpus = type.gpus;
    launch.limits = limits_of(type, machine_);
    if (launch.limits.memory_mb == 0 && launch.limits.cores == 0) return;
    launch.limits_by = WorkerGroup(launch.worker_id).make(launch.limits);
    if (!launch.limits_by.empty()) return;
    launch.limits_by = "rlimits";
    // One process cannot be held to what all have together: each kernel may have as much.
    const std::int64_t most = launch.limits.memory_mb;
    if (most > 0) launch.memory_mb = launch.memory_mb > 0 ? std::min(launch.memory_mb, most) : most;
}

std::unique_ptr<Worker> LocalProvider::start(const LivingWorker& worker, const WorkerLaunch& launch,
                                             const ClusterDefinition&) {
    SpawnRequest request;
    request.argv = {program_.string(), "worker", "--launch", launch_file(launch.work_folder).string()};
    request.environ = machine_environ();
    // A type without GPUs says nothing of them: its workers see what the node sees.
    if (launch.gpus > 0) request.environ[kVisibleGpus] = gpus_.deal(worker.worker_id, launch.gpus);
    request.working_folder = launch.work_folder;
    request.output_file = worker_log(launch);
    const auto ended = [this, worker_id = worker.worker_id] {
        gpus_.take_back(worker_id);
        changed_();
    };
    try {
        const pid_t pid = children_.spawn(request);
        spdlog::info("cluster_id={} worker_id={} generation={} started, pid {}", launch.cluster_id, worker.worker_id,
                     worker.generation, pid);
        return std::make_unique<WorkerProcess>(executor_, children_, worker, pid, clock_.monotonic(), ended);
    } catch (...) {
        gpus_.take_back(worker.worker_id);
        throw;
    }
}

}  // namespace stoker::clusters
