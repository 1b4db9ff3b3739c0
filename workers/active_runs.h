#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "core/clock.h"
#include "db/task_run_store.h"
#include "workers/checkout.h"
#include "workers/event.h"
#include "workers/kernel.h"
#include "workers/outcome.h"
#include "workers/shared_kernels.h"
#include "workers/task_inputs.h"

namespace stoker::workers {

/// One claimed task run from its claim to its finish.
struct ActiveRun {
    ActiveRun(boost::asio::any_io_executor executor, db::ClaimedTaskRun claimed, Clock::Monotonic sent_at)
        : claim(std::move(claimed)), claim_sent_at(sent_at), timeout(executor), woken(executor) {}

    db::HeldLease lease() const { return {claim.run_id, claim.lease_token, begun}; }
    bool must_end() const { return end_reason != EndReason::kNone; }

    db::ClaimedTaskRun claim;  // of a task from Git the source is put here, as if it were the workspace's
    const Clock::Monotonic claim_sent_at;
    TaskInputs inputs;
    std::string notebook_path;                 // "" = a program
    nlohmann::json program;                    // null = a notebook
    std::shared_ptr<const Checkout> checkout;  // what the task reads from instead of the workspace
    std::int64_t live_outputs = 0;             // told while it runs: how many, and of how many bytes
    std::int64_t live_bytes = 0;
    bool called = false;  // by dbutils.notebook.run: in the slot of the notebook that waits for it
    bool holds_slot = false;
    bool begun = false;      // user code may have begun
    bool finishing = false;  // its kernel is gone, its outcome is being written
    EndReason end_reason = EndReason::kNone;
    std::string driver_failure;  // of kDriverDied
    std::string worker_failure;  // what takes the worker's machine away; "" = nothing, its cluster ends at most
    std::shared_ptr<Kernel> kernel;
    std::optional<SharedKernels::Key> shared;  // the kernel is kept for a next run
    std::vector<std::weak_ptr<ActiveRun>> children;
    boost::asio::steady_timer timeout;
    Event woken;  // it has a slot, or has to end
};

/// All task runs that this worker holds a lease of: those in a slot, and the line of those that wait for one. On the
/// I/O thread.
class ActiveRuns {
  public:
    ActiveRuns(boost::asio::any_io_executor executor, const Clock& clock, int slots)
        : clock_(clock), slots_(slots), changed_(executor) {}

    /// In a slot if one is free, else last in the line; a called one needs neither.
    void add(const std::shared_ptr<ActiveRun>& run);
    void remove(RunId run_id);
    std::shared_ptr<ActiveRun> find(RunId run_id) const;
    std::shared_ptr<ActiveRun> find_by_kernel(const std::string& kernel_id) const;
    std::vector<std::shared_ptr<ActiveRun>> all() const;
    std::vector<db::HeldLease> leases() const;
    bool empty() const { return runs_.empty(); }
    int free_slots() const { return slots_ - taken_; }
    std::size_t waiting() const { return line_.size(); }
    /// How many runs have taken a slot within the last `time`; at most kRemembered.
    std::size_t taken_within(std::chrono::milliseconds time) const;
    static constexpr std::size_t kRemembered = 64;
    /// The first in the line takes it.
    void free_slot(ActiveRun& run);
    /// Wakes those in the line, so that they look whether they still want to wait.
    void wake_line();

    /// Ends the run and all it called by dbutils.notebook.run; the first reason holds, but a lost lease is above all
    /// others.
    void end(ActiveRun& run, EndReason reason);

    /// Notified when a run is added, freed its slot, has to end or is gone.
    Event& changed() { return changed_; }

  private:
    void give_slots();

    const Clock& clock_;
    const int slots_;
    int taken_ = 0;
    std::map<RunId, std::shared_ptr<ActiveRun>> runs_;
    std::deque<std::shared_ptr<ActiveRun>> line_;
    std::deque<Clock::Monotonic> takes_;  // the last ones
    Event changed_;
};

}  // namespace stoker::workers
