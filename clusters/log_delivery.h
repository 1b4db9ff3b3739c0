#pragma once
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "clusters/environment.h"
#include "core/clock.h"
#include "db/pool.h"

namespace stoker::clusters {

/// Copies logs of the node's clusters to where their definitions want them (cluster_log_conf): driver/, executor/ and
/// init_scripts/ in <destination>/<cluster_id>. Every few minutes while workers live, and when one has ended. The
/// copies are made as notebooks would make them, so a destination leads nobody further than a notebook. Thread-safe;
/// the work is done on a thread of its own. The destructor delivers what is due first.
class LogDelivery {
  public:
    struct Settings {
        std::filesystem::path data_folder;
        std::filesystem::path dbfs_root;
        std::string kernel_user;
        std::chrono::milliseconds interval = std::chrono::minutes(5);
    };
    /// `children`, `environments` and `pool` outlive it.
    LogDelivery(Children& children, EnvironmentBuilder& environments, db::Pool& pool, const Clock& clock,
                Settings settings);
    ~LogDelivery();

    /// A worker of the cluster starts; `folder`: beneath the DBFS root, "" = its logs stay here.
    void worker_starts(const ClusterId& cluster_id, const WorkerId& worker_id, const std::string& folder);
    /// With the last one of a cluster its logs are delivered for the last time.
    void worker_has_ended(const ClusterId& cluster_id, const WorkerId& worker_id);

  private:
    struct Delivery {
        std::filesystem::path destination;
        std::set<WorkerId> workers;  // whose executors' logs are wanted
        std::set<WorkerId> living;
        bool is_due = false;
    };
    std::map<ClusterId, Delivery> take_due(bool all);
    void work(const std::stop_token& stop);
    void deliver(const ClusterId& cluster_id, const Delivery& delivery);
    std::string copy(const ClusterId& cluster_id, const Delivery& delivery);

    Children& children_;
    EnvironmentBuilder& environments_;
    db::Pool& pool_;
    const Clock& clock_;
    const Settings settings_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<ClusterId, Delivery> deliveries_;  // protected by mutex_
    std::jthread thread_;                       // last: it uses all of the above
};

}  // namespace stoker::clusters
