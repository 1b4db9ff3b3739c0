#pragma once
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "core/clock.h"

namespace stoker::clusters {

/// Removes what was built for clusters and has not been used for so many days, when it is made and then every hour: on
/// a thread of its own, since an environment has some ten thousand files. What is in use stays (InUse).
class UnusedBuilds {
  public:
    struct Settings {
        std::vector<std::filesystem::path> roots;  // of BuildFolders
        int kept_days = 7;
    };
    /// `clock` outlives it.
    UnusedBuilds(const Clock& clock, Settings settings);

  private:
    void work(const std::stop_token& stop);
    void sweep() const;

    const Clock& clock_;
    const Settings settings_;
    std::mutex mutex_;
    std::condition_variable_any never_;  // it waits for its end
    std::jthread thread_;                // last: it uses all of the above
};

}  // namespace stoker::clusters
