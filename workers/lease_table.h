#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"

namespace stoker::workers {

/// When each lease was last renewed for certain, by the worker's own monotonic clock. A renewal counts from the moment
/// its statement was sent: the database's lease can only have begun later, so it ends later than what is reckoned here.
/// No I/O.
class LeaseTable {
  public:
    /// A lease that was not renewed for ⅔ of `lease` is given up: its kernel must be dead before the last third is
    /// over, when somebody else may claim or rescue the task run.
    explicit LeaseTable(std::chrono::milliseconds lease) : give_up_after_(lease * 2 / 3) {}

    void add(RunId run_id, Clock::Monotonic sent_at) { renewed_at_[run_id] = sent_at; }
    void renewed(RunId run_id, Clock::Monotonic sent_at);
    void remove(RunId run_id) { renewed_at_.erase(run_id); }

    /// Leases to give up now.
    std::vector<RunId> overdue(Clock::Monotonic now) const;
    /// When the next one will have to be; nullopt: no lease is held.
    std::optional<Clock::Monotonic> next_deadline() const;

  private:
    std::chrono::milliseconds give_up_after_;
    std::map<RunId, Clock::Monotonic> renewed_at_;
};

}  // namespace stoker::workers
