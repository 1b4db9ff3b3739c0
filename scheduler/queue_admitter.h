#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// QUEUED runs that nothing keeps waiting any more: their job's max_concurrent_runs was raised. Places that a run
/// leaves at its end are taken in its finish already.
class QueueAdmitter : public Service {
  public:
    std::string_view name() const override { return "queue_admitter"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
