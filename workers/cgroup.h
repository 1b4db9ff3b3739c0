#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace stoker::workers {

/// The control group of one kernel, with the memory and process limits in force; removed by the destructor once it is
/// empty.
class Cgroup {
  public:
    ~Cgroup();
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    /// What a kernel enters by itself: version 2's folder, or version 1's in the memory hierarchy.
    const std::filesystem::path& path() const { return folders_.front(); }
    /// Moves the process into every hierarchy that it cannot enter by itself.
    void adopt(pid_t pid) const;

  private:
    friend class CgroupRoot;
    Cgroup() = default;
    std::vector<std::filesystem::path> folders_;
    std::size_t entered_by_kernel_ = 0;  // how many of the first folders the kernel's OS user may enter
};

/// <cgroup root>/stoker/<worker_id>, where this process may make control groups. Kernels use rlimits where it may not.
class CgroupRoot {
  public:
    static std::optional<CgroupRoot> open(const std::string& worker_id,
                                          const std::filesystem::path& mount = "/sys/fs/cgroup");

    /// nullptr when the system refuses. `owner`: the OS user of kernels. `memory_mb` 0 = no limit.
    std::unique_ptr<Cgroup> make(const std::string& kernel_id, std::int64_t memory_mb, uid_t owner) const;
    /// The folder of the hierarchy that limits memory, beneath which kernels enter groups of their own.
    const std::filesystem::path& folder() const { return memory_; }
    /// Removes the worker's own folders, once the kernels' are gone.
    void remove() const;

  private:
    std::filesystem::path memory_;  // version 2: the only one
    std::filesystem::path pids_;    // version 1 only
    bool unified_ = false;
};

}  // namespace stoker::workers
