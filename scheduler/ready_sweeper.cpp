#include "scheduler/ready_sweeper.h"

#include "db/retention_store.h"
#include "db/task_run_store.h"

namespace stoker::scheduler {

ServiceResult ReadySweeper::run_once(db::Transaction& tx, EpochMillis) {
    ServiceResult result;
    result.notices.ready = db::clusters_with_ready_work(tx);
    // A cluster that stood still with work before it has just been started.
    result.notices.clusters = result.notices.ready;
    result.done = static_cast<int>(result.notices.ready.size());
    result.again_in = db::next_ready_in(tx);
    return result;
}

}  // namespace stoker::scheduler
