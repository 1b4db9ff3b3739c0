#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Removes runs that ended longer ago than the retention, with their outputs, and clusters that belonged to one run. In
/// small batches, so that no run waits behind it.
class RunPruner : public Service {
  public:
    explicit RunPruner(std::chrono::hours retention) : retention_(retention) {}
    std::string_view name() const override { return "run_pruner"; }
    std::chrono::milliseconds interval() const override { return std::chrono::minutes(10); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;

  private:
    std::chrono::hours retention_;
};

}  // namespace stoker::scheduler
