#pragma once
#include <map>

#include "clusters/autoscaling.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Clusters with autoscale get the workers that their waiting runs could use, and lose those that idle. A worker whose
/// slots are all taken wakes it; what the pools were used for is remembered by the leader alone, and begins anew with
/// the next one.
class ClusterAutoscaler : public Service {
  public:
    std::string_view name() const override { return "cluster_autoscaler"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    bool is_awaited() const override { return true; }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;

  private:
    std::map<ClusterId, clusters::PoolUse> uses_;
};

}  // namespace stoker::scheduler
