#include "db/task_run_store.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

void Notices::add(const db::FinishResult& result) {
    for (RunId run_id : result.ended_runs) runs.push_back(to_string(run_id));
    ready.insert(ready.end(), result.ready_clusters.begin(), result.ready_clusters.end());
    clusters.insert(clusters.end(), result.changed_clusters.begin(), result.changed_clusters.end());
}

}  // namespace stoker::scheduler
