#pragma once
#include <filesystem>
#include <string>

#include "db/trigger_store.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Starts runs of jobs with a schedule or another trigger. A run and the time of the next one are written in one
/// transaction that holds the leader's lease: none is missed, and none made twice.
///
/// Fires that nobody led for are made up for: those of the last minute one by one, older ones by one run. A trigger
/// fires every ten seconds at most, whatever its cron expression says, and a continuous job starts as often at most.
class JobTriggers : public Service {
  public:
    struct Settings {
        std::string signing_key;          // of run tokens
        std::filesystem::path dbfs_root;  // "" = no file arrives
    };
    explicit JobTriggers(Settings settings) : settings_(std::move(settings)) {}
    std::string_view name() const override { return "job_triggers"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    bool is_awaited() const override { return true; }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;

  private:
    /// Whether it has started a run; moves it on.
    bool fire(db::Transaction& tx, const db::TriggerRow& trigger, EpochMillis now, Notices& notices) const;

    const Settings settings_;
};

}  // namespace stoker::scheduler
