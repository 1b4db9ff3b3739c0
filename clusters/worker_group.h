#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "core/ids.h"

namespace stoker::clusters {

/// What a worker with all that it starts may use: what its node type says. 0 = all that the machine has.
struct WorkerLimits {
    std::int64_t memory_mb = 0;
    int cores = 0;
};

/// The control group <mount>/[memory|cpu/]stoker/<worker_id> of one worker, by which it is held to its limits. The node
/// makes it before the worker and removes it after; the worker enters it before it starts anything.
class WorkerGroup {
  public:
    explicit WorkerGroup(const WorkerId& worker_id, const std::filesystem::path& mount = "/sys/fs/cgroup");

    /// "cgroup v2", or "cgroup v1"; "" where this process may make no control groups, and nothing is left of the try.
    std::string make(const WorkerLimits& limits) const;
    /// Moves this process into it. Throws std::system_error: a worker must not run without its limits.
    void enter() const;
    /// How many processes in it were killed because its memory was used up; those of kernels' own groups apart.
    int oom_kills() const;
    /// Once nothing lives in it.
    void remove() const;

  private:
    bool is_unified_ = false;       // version 2: one hierarchy
    std::filesystem::path memory_;  // the worker's folder in the hierarchy that limits memory
    std::filesystem::path cpu_;     // version 2: the same
};

/// Where there are no control groups: this process and all that it starts run on so many of the machine's cores.
void keep_to_cores(const WorkerId& worker_id, int cores);

}  // namespace stoker::clusters
