#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::clusters {

/// Where a process finds which GPUs it may use.
inline constexpr const char* kVisibleGpus = "CUDA_VISIBLE_DEVICES";

/// As CUDA names them: those that this process may use, if its environment says so, else all that NVIDIA's driver has
/// made a device for (/dev/nvidia0 and on).
std::vector<std::string> gpus_of_machine();

/// Which of a machine's GPUs which worker has. Not thread-safe.
class GpuShares {
  public:
    explicit GpuShares(std::vector<std::string> gpus);

    /// `count` of them, or all there are, those first that fewest workers have: as CUDA_VISIBLE_DEVICES has it.
    std::string deal(const WorkerId& worker_id, int count);
    void take_back(const WorkerId& worker_id);

  private:
    struct Gpu {
        std::string name;
        int workers = 0;
    };
    std::vector<Gpu> gpus_;
    std::map<WorkerId, std::vector<Gpu*>> dealt_;
};

}  // namespace stoker::clusters
