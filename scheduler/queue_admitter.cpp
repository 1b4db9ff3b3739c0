#include "scheduler/queue_admitter.h"

#include "db/task_run_store.h"

namespace stoker::scheduler {

ServiceResult QueueAdmitter::run_once(db::Transaction& tx, EpochMillis) {
    const db::FinishResult admitted = db::admit_queued_runs(tx);
    ServiceResult result;
    result.notices.add(admitted);
    result.done = static_cast<int>(admitted.ended_runs.size() + admitted.ready_clusters.size());
    return result;
}

}  // namespace stoker::scheduler
