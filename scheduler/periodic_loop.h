#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "db/pool.h"
#include "scheduler/leadership.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

/// What a service has done so far, for /metrics.
struct ServiceCount {
    std::string name;
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
    std::uint64_t done = 0;
};

/// Runs services when they are due, each in a transaction of its own, while this process leads. A failure is logged and
/// counted, and the service comes again after a pause that doubles up to half a minute. All but `counts` from one
/// thread.
class PeriodicLoop {
  public:
    PeriodicLoop(db::Pool& pool, const Clock& clock, Leadership& leadership,
                 std::vector<std::unique_ptr<Service>> services);

    /// Runs what is due now. Returns when to call again.
    Clock::Monotonic run_due();
    /// The awaited services are due now.
    void hurry();
    /// From any thread.
    std::vector<ServiceCount> counts() const;

  private:
    struct Entry {
        std::unique_ptr<Service> service;
        Clock::Monotonic due{};
        int failures_in_a_row = 0;
        std::atomic<std::uint64_t> runs = 0, failures = 0, done = 0;
    };
    /// false: this process does not lead.
    bool run(Entry& entry);
    void tell(const Notices& notices);
    void note_failure(Entry& entry, const char* what);

    db::Pool& pool_;
    const Clock& clock_;
    Leadership& leadership_;
    std::vector<std::unique_ptr<Entry>> entries_;
    int failed_keeps_ = 0;
    Clock::Monotonic retry_keep_{};
};

}  // namespace stoker::scheduler
