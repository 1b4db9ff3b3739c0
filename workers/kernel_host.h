#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <sys/types.h>

#include "clusters/children.h"
#include "clusters/worker_launch.h"
#include "core/clock.h"
#include "workers/cgroup.h"
#include "workers/settings.h"
#include "workers/task_group.h"

namespace stoker::workers {

/// What the zygotes, kernels and the driver of one worker share. Owned by the worker, used on the I/O thread.
class KernelHost {
    WorkerSettings settings_;  // behind those that all may read

  public:
    KernelHost(boost::asio::any_io_executor io, WorkerSettings worker_settings, const Clock& worker_clock);
    ~KernelHost();

    /// What the node has written anew: environment, jars and their libraries; all of it when no cluster had the worker.
    void take_libraries(const clusters::WorkerLaunch& renewed);
    /// Makes the worker's folders with the owners they need.
    void prepare_folders();
    /// Where kernels have their folders, and so whatever they hand to the driver.
    std::filesystem::path runs_folder() const { return launch.work_folder / "runs"; }
    /// Where model zygotes have theirs.
    std::filesystem::path models_folder() const { return launch.work_folder / "models"; }
    /// Where the commits are that runs read from.
    std::filesystem::path checkouts_folder() const { return launch.work_folder / "checkouts"; }
    /// What notebooks see at /databricks, where mounts are possible: for all runs of the worker, gone with it.
    std::filesystem::path databricks_folder() const { return launch.work_folder / "databricks"; }
    /// Copies of the cluster's init scripts.
    std::filesystem::path init_scripts_folder() const { return launch.work_folder / "init_scripts"; }
    /// A folder that only the kernels' OS user may enter.
    void make_private_folder(const std::filesystem::path& folder) const;
    /// The whole environment of Python processes of the environment that `python` belongs to: no DSN, no token, nothing
    /// of the worker's own.
    std::map<std::string, std::string> python_environ(const std::filesystem::path& python) const;
    std::string next_kernel_id() { return "k" + std::to_string(++last_kernel_); }

    /// Runs `chore` on a thread of its own: what may wait for a disk or for the system.
    void later(std::function<void()> chore);
    /// Whether a process of the worker, none of those told of before, was killed because the worker's memory was used
    /// up.
    bool take_oom_kill();
    /// Ends every child that this process did not start: orphans of a zygote or driver that died.
    void end_strays();

    const WorkerSettings& settings = settings_;
    const clusters::WorkerLaunch& launch = settings_.launch;
    const Clock& clock;
    const boost::asio::any_io_executor executor;
    TaskGroup tasks;
    std::optional<CgroupRoot> cgroups;
    clusters::Children children;  // direct ones: lean zygotes, the driver, what builds environments
    uid_t kernel_uid = 0;
    gid_t kernel_gid = 0;

  private:
    boost::asio::thread_pool chores_{1};
    std::uint64_t last_kernel_ = 0;
    int told_oom_kills_ = 0;
};

}  // namespace stoker::workers
