#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Clusters without work for their autotermination_minutes are terminated (INACTIVITY).
class ClusterAutoterminator : public Service {
  public:
    std::string_view name() const override { return "cluster_autoterminator"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(15); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
