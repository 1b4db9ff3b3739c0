#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/ids.h"
#include "db/trigger_store.h"

namespace stoker::scheduler {

/// No trigger fires more often.
inline constexpr EpochMillis kShortestInterval = 10'000;

/// What a look at a trigger whose time has come finds.
struct TriggerLook {
    bool fires = false;
    std::string trigger = "PERIODIC";  // of the run
    nlohmann::json trigger_info = nlohmann::json::object();
    std::optional<EpochMillis> next_time;
    nlohmann::json state = nlohmann::json::object();
};

TriggerLook look_at_schedule(const db::TriggerRow& trigger, EpochMillis now);
TriggerLook look_at_periodic(const db::TriggerRow& trigger, EpochMillis now);
/// Fires for files that were not there before, once per file; what replaces one is no new file. Looks every ten
/// seconds.
TriggerLook look_at_files(db::Transaction& tx, const db::TriggerRow& trigger, const std::filesystem::path& dbfs_root,
                          EpochMillis now);
/// Fires when the job has no run; after failures in a row it waits twice as long each time, an hour at most. The end of
/// a run calls for the next look.
TriggerLook look_at_continuous(db::Transaction& tx, const db::TriggerRow& trigger, EpochMillis now);

}  // namespace stoker::scheduler
