#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "db/pool.h"
#include "scheduler/notification_delivery.h"
#include "scheduler/periodic_loop.h"

namespace stoker::scheduler {

struct SchedulerSettings {
    std::string owner;                          // of the leader's lease; "" = a random name
    std::chrono::seconds lease{15};             // a dead leader is followed after this
    std::chrono::hours run_retention{24 * 60};  // 60 days
    std::string signing_key;                    // of run tokens
    std::string sealing_key;                    // of the secrets of notification destinations
    std::string workspace_id;
    std::string workspace_url;        // what {{workspace.url}} and links are made of
    std::filesystem::path dbfs_root;  // where files arrive; "" = nowhere
    NotificationSettings notifications;
};

/// All services on one thread of their own: their transactions may wait for locks. Any number of processes may have
/// one; the leader's works. `pool` and `clock` outlive it.
class Scheduler {
  public:
    Scheduler(db::Pool& pool, const Clock& clock, SchedulerSettings settings = {});
    /// As stop().
    ~Scheduler();

    /// Returns at once; the database need not be there yet. A second call does nothing.
    void start();
    /// Blocks until the service at work is through and the lease is given back. Nothing if it does not run.
    void stop();
    /// The awaited services are run now instead of at their time. From any thread.
    void wake();

    std::vector<ServiceCount> counts() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::scheduler
