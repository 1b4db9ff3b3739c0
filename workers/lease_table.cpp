#include "workers/lease_table.h"

#include <algorithm>

namespace stoker::workers {

void LeaseTable::renewed(RunId run_id, Clock::Monotonic sent_at) {
    const auto found = renewed_at_.find(run_id);
    if (found != renewed_at_.end()) found->second = std::max(found->second, sent_at);
}

std::vector<RunId> LeaseTable::overdue(Clock::Monotonic now) const {
    std::vector<RunId> result;
    for (const auto& [run_id, renewed_at] : renewed_at_) {
        if (now - renewed_at >= give_up_after_) result.push_back(run_id);
    }
    return result;
}

std::optional<Clock::Monotonic> LeaseTable::next_deadline() const {
    std::optional<Clock::Monotonic> next;
    for (const auto& [run_id, renewed_at] : renewed_at_) {
        const auto deadline = renewed_at + give_up_after_;
        if (!next || deadline < *next) next = deadline;
    }
    return next;
}

}  // namespace stoker::workers
