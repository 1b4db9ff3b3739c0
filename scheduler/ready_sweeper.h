#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Tells of clusters with ready work again: retries whose time has come, and whatever a lost NOTIFY or a crash between
/// commit and NOTIFY left untold. Comes back exactly when the next retry is due.
class ReadySweeper : public Service {
  public:
    std::string_view name() const override { return "ready_sweeper"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
