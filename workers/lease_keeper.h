#pragma once
#include <functional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "db/task_run_store.h"
#include "workers/active_runs.h"
#include "workers/lease_table.h"

namespace stoker::workers {

/// Renews the leases of all active runs, and gives up in time those that it cannot renew: a worker that is cut off from
/// the database kills its kernels before anyone else may claim their task runs. Giving up needs no database.
class LeaseKeeper {
  public:
    using Renew = std::function<boost::asio::awaitable<db::HeartbeatResult>(std::vector<db::HeldLease>)>;
    /// `on_stop`: the worker is to drain and leave.
    LeaseKeeper(boost::asio::any_io_executor executor, const Clock& clock, std::chrono::milliseconds lease,
                ActiveRuns& runs, Renew renew, std::function<void()> on_stop);

    void watch(const ActiveRun& run);
    void forget(RunId run_id);

    /// A heartbeat every third of the lease, until `stop`.
    boost::asio::awaitable<void> keep_renewing();
    /// Watches the worker's own clock, until `stop`.
    boost::asio::awaitable<void> keep_watch();
    void stop();

    /// One heartbeat and what follows from its answer. A failure is logged.
    boost::asio::awaitable<void> renew_once();
    /// Gives up what is overdue by now. Returns how many.
    int give_up_overdue();

  private:
    void apply(const db::HeartbeatResult& result, const std::vector<db::HeldLease>& held, Clock::Monotonic sent_at);

    const Clock& clock_;
    const std::chrono::milliseconds lease_;
    ActiveRuns& runs_;
    Renew renew_;
    std::function<void()> on_stop_;
    LeaseTable table_;
    bool stopped_ = false;
    Event changed_;
};

}  // namespace stoker::workers
