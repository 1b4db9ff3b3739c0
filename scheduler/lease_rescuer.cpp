#include "scheduler/lease_rescuer.h"

#include "db/task_run_store.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 200;
}

ServiceResult LeaseRescuer::run_once(db::Transaction& tx, EpochMillis) {
    db::FinishResult rescued = db::rescue_expired_leases(tx, kBatch);
    ServiceResult result;
    result.notices.add(rescued);
    // A rescued task run shows up once as ready or as ended; a job-level run that ended with it is counted too.
    result.done = static_cast<int>(rescued.ended_runs.size() + rescued.ready_clusters.size());
    if (rescued.ended_runs.size() >= kBatch) result.again_in = std::chrono::milliseconds(0);
    return result;
}

}  // namespace stoker::scheduler
