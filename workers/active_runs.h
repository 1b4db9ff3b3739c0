#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "core/clock.h"
#include "db/task_run_store.h"
#include "workers/event.h"
#include "workers/kernel.h"
#include "workers/outcome.h"
#include "workers/shared_kernels.h"

namespace stoker::workers {

/// One claimed task run from its claim to its finish.
struct ActiveRun {
    ActiveRun(boost::asio::any_io_executor executor, db::ClaimedTaskRun claimed, Clock::Monotonic sent_at)
        : claim(std::move(claimed)), claim_sent_at(sent_at), timeout(executor) {}

    db::HeldLease lease() const { return {claim.run_id, claim.lease_token, begun}; }
    bool must_end() const { return end_reason != EndReason::kNone; }

    const db::ClaimedTaskRun claim;
    const Clock::Monotonic claim_sent_at;
    std::string notebook_path;
    bool called = false;  // by dbutils.notebook.run: in the slot of the notebook that waits for it
    bool holds_slot = true;
    bool begun = false;      // user code may have begun
    bool finishing = false;  // its kernel is gone, its outcome is being written
    EndReason end_reason = EndReason::kNone;
    std::shared_ptr<Kernel> kernel;
    std::optional<SharedKernels::Key> shared;  // the kernel is kept for the job's next run
    std::vector<std::weak_ptr<ActiveRun>> children;
    boost::asio::steady_timer timeout;
};

/// All task runs that this worker holds a lease of. On the I/O thread.
class ActiveRuns {
  public:
    explicit ActiveRuns(boost::asio::any_io_executor executor) : changed_(executor) {}

    void add(const std::shared_ptr<ActiveRun>& run);
    void remove(RunId run_id);
    std::shared_ptr<ActiveRun> find(RunId run_id) const;
    std::shared_ptr<ActiveRun> find_by_kernel(const std::string& kernel_id) const;
    std::vector<std::shared_ptr<ActiveRun>> all() const;
    std::vector<db::HeldLease> leases() const;
    bool empty() const { return runs_.empty(); }
    int slots_taken() const;
    void free_slot(ActiveRun& run);

    /// Ends the run and all it called by dbutils.notebook.run; the first reason holds, but a lost lease is above all
    /// others.
    void end(ActiveRun& run, EndReason reason);

    /// Notified when a run is added, freed its slot, has to end or is gone.
    Event& changed() { return changed_; }

  private:
    std::map<RunId, std::shared_ptr<ActiveRun>> runs_;
    Event changed_;
};

}  // namespace stoker::workers
