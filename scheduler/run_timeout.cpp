#include "scheduler/run_timeout.h"

#include "db/task_run_store.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 200;
}

ServiceResult RunTimeout::run_once(db::Transaction& tx, EpochMillis) {
    db::TimeoutResult late = db::time_out_runs(tx, kBatch);
    ServiceResult result;
    result.notices.add(late.finished);
    for (RunId run_id : late.cancelled_task_runs) result.notices.cancel.push_back(to_string(run_id));
    result.done = static_cast<int>(late.finished.ended_runs.size() + late.cancelled_task_runs.size());
    if (result.done >= kBatch) result.again_in = std::chrono::milliseconds(0);
    return result;
}

}  // namespace stoker::scheduler
