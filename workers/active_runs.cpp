#include "workers/active_runs.h"

#include <algorithm>

namespace stoker::workers {

void ActiveRuns::add(const std::shared_ptr<ActiveRun>& run) {
    runs_[run->claim.run_id] = run;
    changed_.notify();
}

void ActiveRuns::remove(RunId run_id) {
    runs_.erase(run_id);
    changed_.notify();
}

std::shared_ptr<ActiveRun> ActiveRuns::find(RunId run_id) const {
    const auto found = runs_.find(run_id);
    return found == runs_.end() ? nullptr : found->second;
}

std::shared_ptr<ActiveRun> ActiveRuns::find_by_kernel(const std::string& kernel_id) const {
    for (const auto& [run_id, run] : runs_) {
        if (run->kernel && run->kernel->id() == kernel_id) return run;
    }
    return nullptr;
}

std::vector<std::shared_ptr<ActiveRun>> ActiveRuns::all() const {
    std::vector<std::shared_ptr<ActiveRun>> result;
    for (const auto& [run_id, run] : runs_) result.push_back(run);
    return result;
}

std::vector<db::HeldLease> ActiveRuns::leases() const {
    std::vector<db::HeldLease> result;
    for (const auto& [run_id, run] : runs_) result.push_back(run->lease());
    return result;
}

int ActiveRuns::slots_taken() const {
    return static_cast<int>(
        std::count_if(runs_.begin(), runs_.end(), [](const auto& entry) { return entry.second->holds_slot; }));
}

void ActiveRuns::free_slot(ActiveRun& run) {
    run.holds_slot = false;
    changed_.notify();
}

void ActiveRuns::end(ActiveRun& run, EndReason reason) {
    if (run.end_reason == reason || (run.must_end() && reason != EndReason::kLeaseLost)) return;
    run.end_reason = reason;
    if (run.kernel) {
        if (reason == EndReason::kLeaseLost || reason == EndReason::kDriverDied) {
            run.kernel->end_at_once();
        } else {
            run.kernel->end_softly();
        }
    }
    // A lost lease is the parent's own; its children still have theirs, and end as cancelled.
    const EndReason childs = reason == EndReason::kLeaseLost ? EndReason::kCancelled : reason;
    for (const auto& child : run.children) {
        if (const auto living = child.lock()) end(*living, childs);
    }
    changed_.notify();
}

}  // namespace stoker::workers
