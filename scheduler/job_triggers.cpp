#include "scheduler/job_triggers.h"

#include <algorithm>

#include "db/job_store.h"
#include "db/run_store.h"
#include "db/trigger_store.h"
#include "scheduler/own_run.h"
#include "scheduler/trigger_look.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 100;

TriggerLook look_at(db::Transaction& tx, const db::TriggerRow& trigger, const std::filesystem::path& dbfs_root,
                    EpochMillis now) {
    if (trigger.kind == "SCHEDULE") return look_at_schedule(trigger, now);
    if (trigger.kind == "PERIODIC") return look_at_periodic(trigger, now);
    if (trigger.kind == "FILE_ARRIVAL") return look_at_files(tx, trigger, dbfs_root, now);
    return look_at_continuous(tx, trigger, now);
}

void add(Notices& notices, const db::EnqueueResult& begun) {
    for (const ClusterId& cluster : begun.ready_clusters) notices.ready.push_back(cluster);
    for (const ClusterId& cluster : begun.started_clusters) notices.clusters.push_back(cluster);
    if (begun.life_cycle_state == "SKIPPED") notices.runs.push_back(to_string(begun.run_id));
}
}  // namespace

ServiceResult JobTriggers::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    const auto due = db::lock_due_triggers(tx, now, kBatch);
    std::vector<db::EnqueueRequest> runs;
    for (const db::TriggerRow& trigger : due) {
        const auto job = db::find_job(tx, trigger.job_id);
        if (!job) {
            db::set_trigger(tx, trigger.job_id, std::nullopt);
            continue;
        }
        const TriggerLook look = look_at(tx, trigger, settings_.dbfs_root, now);
        db::move_trigger(tx, trigger.job_id, look.next_time, look.state.dump());
        if (!look.fires) continue;
        runs.push_back(own_run(tx, *job, settings_.signing_key));
        runs.back().trigger = look.trigger;
        runs.back().trigger_info = look.trigger_info.dump();
    }
    if (!runs.empty())
        for (const auto& begun : db::enqueue_runs(tx, runs)) add(result.notices, begun);
    result.done = static_cast<int>(runs.size());
    if (const auto next = db::next_trigger_time(tx))
        result.again_in = std::chrono::milliseconds(std::max<EpochMillis>(0, *next - now));
    return result;
}

}  // namespace stoker::scheduler
