#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

namespace stoker::workers {

/// The control group of one kernel whose memory is limited; removed by the destructor once it is empty.
class Cgroup {
  public:
    ~Cgroup();
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    const std::filesystem::path& path() const { return folder_; }
    /// Moves the process into it, unless it may enter by itself.
    void adopt(pid_t pid) const;

  private:
    friend class CgroupRoot;
    explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
    bool entered_by_kernel_ = false;  // its OS user may
};

/// <cgroup root>/stoker/<worker_id>, where this process may make control groups. Kernels use rlimits where it may not.
/// All kernels of a worker share one group, which bounds the number of their processes: zygotes are put there once, and
/// forks stay with them. A kernel is moved into a group of its own only for a memory limit, since for each move Linux
/// holds up every fork and exit of the machine for milliseconds (the lock cgroup_threadgroup_rwsem).
class CgroupRoot {
  public:
    static std::optional<CgroupRoot> open(const std::string& worker_id,
                                          const std::filesystem::path& mount = "/sys/fs/cgroup");

    /// Puts a zygote into the group of all kernels.
    void adopt(pid_t zygote) const;
    /// A kernel's own. nullptr when the system refuses. `owner`: the OS user of kernels.
    std::unique_ptr<Cgroup> make(const std::string& kernel_id, std::int64_t memory_mb, uid_t owner) const;
    /// The folder of the hierarchy that limits memory, beneath which kernels enter groups of their own.
    const std::filesystem::path& folder() const { return memory_; }
    /// Removes the worker's own folders, once the kernels' are gone.
    void remove() const;

  private:
    std::filesystem::path memory_;   // version 2: the only hierarchy
    std::filesystem::path pids_;     // version 1 only
    std::filesystem::path kernels_;  // the group of all; empty where there is none
    bool unified_ = false;
};

}  // namespace stoker::workers
