#pragma once
#include <string>
#include <vector>

#include "db/task_run_store.h"

// Condition, for-each and run-job tasks, which the scheduler does. All of it runs in the transaction of its service.
namespace stoker::db {

class Transaction;

/// A ready control task, RUNNING from here on and held by the scheduler until finish_control_tasks.
struct ControlTask {
    RunId run_id;
    RunId job_run_id;
    JobId job_id;
    std::string task_key;
    std::string task_type;              // condition_task, for_each_task, run_job_task
    std::string definition;             // the task, JSON text
    std::string overriding_parameters;  // JSON text, "" = none
    std::string job_parameters;         // JSON text, "" = none
    std::string reference_values;       // "" = its texts refer to nothing
    std::string run_as_user_name;
    std::vector<JobId> ancestor_jobs;  // of its run and of those that began it
};
std::vector<ControlTask> take_control_tasks(Transaction& tx, int limit);

struct ControlOutcome {
    RunId run_id;
    std::string result_state;  // SUCCESS, FAILED, CANCELED, TIMEDOUT
    std::string state_message;
    std::string outcome;  // of a condition: "true", "false"
    std::string error;    // "" = none
    std::string details;  // JSON object text, "" = none
};
/// Tasks that are over already, cancelled perhaps, stay as they are.
FinishResult finish_control_tasks(Transaction& tx, const std::vector<ControlOutcome>& outcomes);

/// Begins the first iterations; each that ends begins the next. `inputs` is the text of a JSON array.
FinishResult begin_for_each(Transaction& tx, RunId run_id, const std::string& inputs, int concurrency);

/// A run-job task under way whose child run is over.
struct EndedChildRun {
    RunId run_id;  // of the task
    RunId child_run_id;
    std::string result_state;
    std::string state_message;
};
std::vector<EndedChildRun> ended_child_runs(Transaction& tx, int limit);

/// Control tasks under way past their timeout_seconds.
std::vector<RunId> late_control_tasks(Transaction& tx, int limit);

/// Whether the user may start runs of the job.
bool may_run_job(Transaction& tx, const std::string& user_name, JobId job_id);

}  // namespace stoker::db
