#pragma once
#include <optional>
#include <string>

#include "db/control_store.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Does the tasks that need no worker: decides conditions, begins the iterations of for-each tasks and the runs of
/// run-job tasks, and ends the latter with their run. All else about iterations happens in the finish of the one
/// before.
class ControlTasks : public Service {
  public:
    struct Settings {
        std::string signing_key;  // of run tokens
        std::string workspace_id;
        std::string workspace_url;
    };
    explicit ControlTasks(Settings settings) : settings_(std::move(settings)) {}
    std::string_view name() const override { return "control_tasks"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    bool is_awaited() const override { return true; }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;

  private:
    /// nullopt: it is under way.
    std::optional<db::ControlOutcome> do_one(db::Transaction& tx, const db::ControlTask& task, Notices& notices) const;

    const Settings settings_;
};

}  // namespace stoker::scheduler
