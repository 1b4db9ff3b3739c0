#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "db/task_run_store.h"

namespace stoker::db {

class Transaction;

/// Some tasks of a run that is over, to be run again by the settings that the job has now.
struct RepairRequest {
    RunId run_id;
    std::vector<std::string> rerun_tasks;
    bool rerun_all_failed_tasks = false;
    bool rerun_dependent_tasks = false;
    std::optional<std::int64_t> latest_repair_id;
    std::string overriding_parameters;  // JSON text, "" = the run's own
    std::string job_parameters;         // likewise
    std::string kernel_token;
};
enum class RepairOutcome {
    kCreated,
    kRunDoesNotExist,
    kActive,           // not over yet
    kOtherRepair,      // latest_repair_id is not the run's newest, or missing
    kUnknownTask,      // named in `task_key`
    kNothingToRepair,  // no task has failed
    kJobDoesNotExist,  // deleted meanwhile
};
struct RepairResult {
    RepairOutcome outcome;
    std::int64_t repair_id = 0;
    std::string task_key;
    FinishResult changes;
};
RepairResult repair_run(Transaction& tx, const RepairRequest& request);

/// The original run and its repairs, oldest first, as they ended; empty for a run that was never repaired. The newest
/// one's end is the run's own.
struct RepairRow {
    std::int64_t repair_id = 0;  // 0 = the original
    EpochMillis start_time = 0;
    EpochMillis end_time = 0;
    std::string life_cycle_state;
    std::optional<std::string> result_state;
    std::string state_message;
    std::optional<std::string> termination_code;
    std::optional<std::string> termination_type;
    bool user_cancelled_or_timedout = false;
};
std::vector<RepairRow> find_repairs(Transaction& tx, RunId run_id);

}  // namespace stoker::db
