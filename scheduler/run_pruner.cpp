#include "scheduler/run_pruner.h"

#include "db/live_output_store.h"
#include "db/notification_store.h"
#include "db/retention_store.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 200;
constexpr auto kClusterRetention = std::chrono::hours(24 * 30);
constexpr auto kNotificationRetention = std::chrono::hours(24 * 60);  // should their runs be kept for longer
constexpr auto kBetweenBatches = std::chrono::milliseconds(200);

EpochMillis before(EpochMillis now, std::chrono::hours age) {
    return now - std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
}
}  // namespace

ServiceResult RunPruner::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    int runs = db::prune_runs(tx, before(now, retention_), kBatch);
    int versions = db::prune_job_versions(tx, kBatch);
    int clusters = db::prune_clusters(tx, before(now, kClusterRetention), kBatch);
    const int outputs = db::prune_live_outputs(tx);
    int notifications = db::prune_notifications(tx, before(now, kNotificationRetention), kBatch);
    result.done = runs + versions + clusters + outputs + notifications;
    if (runs == kBatch || versions >= kBatch || clusters == kBatch || notifications == kBatch)
        result.again_in = kBetweenBatches;
    return result;
}

}  // namespace stoker::scheduler
