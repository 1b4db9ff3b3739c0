#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Runs whose timeout_seconds are over: what waits ends as TIMEDOUT here, what runs is asked to end.
class RunTimeout : public Service {
  public:
    std::string_view name() const override { return "run_timeout"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
