#include "db/repair_store.h"

#include <stdexcept>

#include "db/changes.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {
RepairOutcome repair_outcome(const std::string& word) {
    if (word == "CREATED") return RepairOutcome::kCreated;
    if (word == "RUN_DOES_NOT_EXIST") return RepairOutcome::kRunDoesNotExist;
    if (word == "ACTIVE") return RepairOutcome::kActive;
    if (word == "OTHER_REPAIR") return RepairOutcome::kOtherRepair;
    if (word == "UNKNOWN_TASK") return RepairOutcome::kUnknownTask;
    if (word == "NOTHING_TO_REPAIR") return RepairOutcome::kNothingToRepair;
    if (word == "JOB_DOES_NOT_EXIST") return RepairOutcome::kJobDoesNotExist;
    throw std::logic_error("repair_run answered " + word);
}
}  // namespace

RepairResult repair_run(Transaction& tx, const RepairRequest& request) {
    const auto row = tx.query("repair_run", {request.run_id, Param::array(request.rerun_tasks),
                                             request.rerun_all_failed_tasks, request.rerun_dependent_tasks,
                                             request.latest_repair_id, Param::or_null(request.overriding_parameters),
                                             Param::or_null(request.job_parameters), request.kernel_token})[0];
    return {repair_outcome(text_of(row["outcome"])), number_of(row["new_repair_id"]), text_of(row["wrong_task"]),
            changes_row(row)};
}

std::vector<RepairRow> find_repairs(Transaction& tx, RunId run_id) {
    std::vector<RepairRow> repairs;
    for (const auto& row : tx.query("find_repairs", {run_id}))
        repairs.push_back({number_of(row["repair_id"]), number_of(row["start_time"]), number_of(row["end_time"]),
                           text_of(row["life_cycle_state"]), optional_text(row["result_state"]),
                           text_of(row["state_message"]), optional_text(row["termination_code"]),
                           optional_text(row["termination_type"]), row["user_cancelled_or_timedout"].as<bool>()});
    return repairs;
}

}  // namespace stoker::db
