#pragma once
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Leases past their end: their worker could not renew them and has killed its kernels by then. Not begun task runs
/// become ready again, begun ones end and are tried anew.
class LeaseRescuer : public Service {
  public:
    std::string_view name() const override { return "lease_rescuer"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;
};

}  // namespace stoker::scheduler
