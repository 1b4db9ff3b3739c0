#include "scheduler/cluster_autoterminator.h"

#include "db/cluster_store.h"

namespace stoker::scheduler {

ServiceResult ClusterAutoterminator::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    result.notices.clusters = db::terminate_idle_clusters(tx, now);
    result.done = static_cast<int>(result.notices.clusters.size());
    return result;
}

}  // namespace stoker::scheduler
