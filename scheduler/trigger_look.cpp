#include "scheduler/trigger_look.h"

#include <algorithm>

#include "core/hash.h"
#include "core/periodic_interval.h"
#include "core/quartz_cron.h"
#include "scheduler/arrived_files.h"

namespace stoker::scheduler {
namespace {
using Json = nlohmann::json;

/// How far back each missed fire gets a run of its own.
constexpr EpochMillis kMadeUpFor = 60'000;
constexpr EpochMillis kLongestPause = 3'600'000;

TriggerLook fire_of(EpochMillis fire_time) {
    TriggerLook look;
    look.fires = true;
    look.trigger_info["time"] = fire_time;
    return look;
}

std::string listing_of(const std::vector<WatchedFile>& files) {
    std::string listing;
    for (const WatchedFile& file : files) listing += file.path + '\0';
    return sha256_hex(listing);
}

/// Whether files have come that the trigger has not seen. At the first look at a folder, those that came after the
/// trigger was set.
bool has_new_files(db::Transaction& tx, JobId job_id, const std::vector<WatchedFile>& files,
                   std::optional<EpochMillis> only_since) {
    std::vector<std::string> paths;
    for (const WatchedFile& file : files) paths.push_back(file.path);
    db::forget_files_but(tx, job_id, paths);
    const auto fresh = db::see_files(tx, job_id, paths);
    if (!only_since) return !fresh.empty();
    return std::ranges::any_of(files, [&](const WatchedFile& file) { return file.modified_time >= *only_since; });
}
}  // namespace

TriggerLook look_at_schedule(const db::TriggerRow& trigger, EpochMillis now) {
    const Json schedule = Json::parse(trigger.definition);
    const auto cron = QuartzCron::parse(schedule.value("quartz_cron_expression", ""));
    const auto zone = TimeZone::parse(schedule.value("timezone_id", ""));
    const EpochMillis fire_time = trigger.next_time.value_or(now);
    TriggerLook look = fire_of(fire_time);
    look.next_time = cron.next_after(std::max(fire_time + kShortestInterval, now - kMadeUpFor) - 1, zone);
    return look;
}

TriggerLook look_at_periodic(const db::TriggerRow& trigger, EpochMillis now) {
    const Json periodic = Json::parse(trigger.definition);
    const EpochMillis interval =
        periodic_interval(periodic.value("interval", std::int64_t{1}), periodic.value("unit", "HOURS")).count();
    const EpochMillis fire_time = trigger.next_time.value_or(now);
    TriggerLook look = fire_of(fire_time);
    const EpochMillis missed = std::max<EpochMillis>(0, now - kMadeUpFor - fire_time - 1) / interval;
    look.next_time = fire_time + (missed + 1) * interval;
    return look;
}

TriggerLook look_at_files(db::Transaction& tx, const db::TriggerRow& trigger, const std::filesystem::path& dbfs_root,
                          EpochMillis now) {
    const Json arrival = Json::parse(trigger.definition);
    const std::string url = arrival.value("url", "");
    TriggerLook look;
    look.trigger = "FILE_ARRIVAL";
    look.next_time = now + kShortestInterval;
    look.state = Json::parse(trigger.state);
    const auto folder = watched_folder(dbfs_root, url);
    const auto files = folder ? files_beneath(*folder) : std::vector<WatchedFile>();
    const bool first = !look.state.contains("listing");
    const std::string listing = listing_of(files);
    if (listing != look.state.value("listing", "")) {
        look.state["listing"] = listing;
        if (has_new_files(tx, trigger.job_id, files, first ? trigger.next_time : std::nullopt))
            look.state["arrived_at"] = now;
    }
    if (!look.state.contains("arrived_at")) return look;
    const EpochMillis quiet = 1000 * arrival.value("wait_after_last_change_seconds", std::int64_t{0});
    const EpochMillis apart = 1000 * arrival.value("min_time_between_triggers_seconds", std::int64_t{0});
    const EpochMillis due = std::max(look.state["arrived_at"].get<EpochMillis>() + quiet,
                                     look.state.value("fired_at", EpochMillis{0}) + apart);
    if (now < due) {
        look.next_time = std::min(due, now + kShortestInterval);
        return look;
    }
    look.fires = true;
    look.trigger_info["time"] = now;
    look.trigger_info["file_arrival"] = {{"location", url}};
    look.state.erase("arrived_at");
    look.state["fired_at"] = now;
    return look;
}

TriggerLook look_at_continuous(db::Transaction& tx, const db::TriggerRow& trigger, EpochMillis now) {
    TriggerLook look;
    look.trigger = "CONTINUOUS";
    if (db::has_active_run(tx, trigger.job_id)) return look;
    const db::LastEnd last = db::last_end(tx, trigger.job_id);
    EpochMillis due = last.start_time + kShortestInterval;
    if (last.failures_in_a_row > 0) {
        const EpochMillis pause = kShortestInterval << std::min(last.failures_in_a_row - 1, 16);
        due = std::max(due, last.end_time + std::min(pause, kLongestPause));
    }
    if (last.end_time != 0 && now < due) {
        look.next_time = due;
        return look;
    }
    look.fires = true;
    look.trigger_info["time"] = now;
    return look;
}

}  // namespace stoker::scheduler
