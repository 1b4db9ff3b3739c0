#include "scheduler/job_triggers.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "db/errors.h"
#include "db/job_store.h"
#include "db/run_store.h"
#include "db/savepoint.h"
#include "db/trigger_store.h"
#include "scheduler/own_run.h"
#include "scheduler/trigger_look.h"

namespace stoker::scheduler {
namespace {
constexpr int kBatch = 100;
constexpr std::chrono::milliseconds kPutOff = std::chrono::minutes(1);

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
/// Looked at again later, in case what is in its way has gone.
void put_off(db::Transaction& tx, const db::TriggerRow& trigger, EpochMillis now, const std::string& why) {
    spdlog::error("trigger could not be fired job_id={} kind={} error=\"{}\"", trigger.job_id.value, trigger.kind, why);
    db::move_trigger(tx, trigger.job_id, now + kPutOff.count(), trigger.state);
}
}  // namespace

ServiceResult JobTriggers::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    for (const db::TriggerRow& trigger : db::lock_due_triggers(tx, now, kBatch)) {
        try {
            // A trigger that cannot be fired must not keep the others from it.
            db::with_savepoint(tx, [&] { result.done += fire(tx, trigger, now, result.notices) ? 1 : 0; });
        } catch (const db::Refused& error) {
            put_off(tx, trigger, now, error.what());
        } catch (const nlohmann::json::exception& error) {
            put_off(tx, trigger, now, error.what());
        }
    }
    if (const auto next = db::next_trigger_time(tx))
        result.again_in = std::chrono::milliseconds(std::max<EpochMillis>(0, *next - now));
    return result;
}

bool JobTriggers::fire(db::Transaction& tx, const db::TriggerRow& trigger, EpochMillis now, Notices& notices) const {
    const auto job = db::find_job(tx, trigger.job_id);
    if (!job) {
        db::set_trigger(tx, trigger.job_id, std::nullopt);
        return false;
    }
    const TriggerLook look = look_at(tx, trigger, settings_.dbfs_root, now);
    db::move_trigger(tx, trigger.job_id, look.next_time, look.state.dump());
    if (!look.fires) return false;
    db::EnqueueRequest run = own_run(tx, *job, settings_.signing_key);
    run.trigger = look.trigger;
    run.trigger_info = look.trigger_info.dump();
    add(notices, db::enqueue_runs(tx, {run}).front());
    return true;
}

}  // namespace stoker::scheduler
