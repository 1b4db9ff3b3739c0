#include "workers/active_runs.h"

#include <algorithm>

namespace stoker::workers {

void ActiveRuns::add(const std::shared_ptr<ActiveRun>& run) {
    runs_[run->claim.run_id] = run;
    if (!run->called) line_.push_back(run);
    give_slots();
    changed_.notify();
}

void ActiveRuns::remove(RunId run_id) {
    const auto found = runs_.find(run_id);
    if (found == runs_.end()) return;
    const std::shared_ptr<ActiveRun> run = found->second;
    runs_.erase(found);
    std::erase(line_, run);
    free_slot(*run);
}

void ActiveRuns::give_slots() {
    while (taken_ < slots_ && !line_.empty()) {
        ActiveRun& next = *line_.front();
        next.holds_slot = true;
        next.woken.notify();
        line_.pop_front();
        ++taken_;
        takes_.push_back(clock_.monotonic());
        if (takes_.size() > kRemembered) takes_.pop_front();
    }
}

std::size_t ActiveRuns::taken_within(std::chrono::milliseconds time) const {
    const auto horizon = clock_.monotonic() - time;
    return static_cast<std::size_t>(
        std::count_if(takes_.begin(), takes_.end(), [&](const auto taken) { return taken >= horizon; }));
}

void ActiveRuns::wake_line() {
    for (const auto& run : line_) run->woken.notify();
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

void ActiveRuns::free_slot(ActiveRun& run) {
    if (run.holds_slot) --taken_;
    run.holds_slot = false;
    give_slots();
    changed_.notify();
}

void ActiveRuns::end(ActiveRun& run, EndReason reason) {
    if (run.end_reason == reason || (run.must_end() && reason != EndReason::kLeaseLost)) return;
    run.end_reason = reason;
    run.woken.notify();
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
