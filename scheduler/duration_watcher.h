#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Tells of runs and tasks that still run past their health rule RUN_DURATION_SECONDS, once each.
class DurationWatcher : public Service {
  public:
    std::string_view name() const override { return "duration_watcher"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
