#include "scheduler/duration_watcher.h"

#include "db/notification_store.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 200;
}

ServiceResult DurationWatcher::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    result.done = db::tell_of_long_runs(tx, now, kBatch);
    if (result.done == kBatch) result.again_in = std::chrono::milliseconds(0);
    return result;
}

}  // namespace stoker::scheduler
