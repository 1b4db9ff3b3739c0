#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// One request to start a run of a stored job. JSON members are JSON text; "" = NULL.
struct EnqueueRequest {
    RunId run_id;  // allocated by the caller from run_ids, so that a lost commit can be looked up
    JobId job_id;
    int job_version = 0;  // the one the caller has looked at; 0 = any
    std::string creator_user_name;
    std::string run_as_user_name;  // of that version; RunWriter signs the kernel token for it
    std::string run_type = "JOB_RUN";
    std::string trigger = "ONE_TIME";
    std::string run_name;  // "" = the job's name
    std::string idempotency_token;
    std::string overriding_parameters;
    std::string job_parameters;
    std::string trigger_info;
    RunId parent_run_id;                // the task run that begins it
    std::optional<bool> queue_enabled;  // over the job's own
    std::vector<std::string> only;      // task keys; empty = all
    std::string kernel_token;
};

/// kJobChanged: the job has another version than the request's; nothing was written.
enum class EnqueueOutcome { kCreated, kDuplicate, kJobChanged, kJobDoesNotExist };

struct EnqueueResult {
    EnqueueOutcome outcome;
    RunId run_id;  // of the new run, or of the one that holds the idempotency token
    std::string life_cycle_state;
    std::vector<ClusterId> ready_clusters;    // to wake with notify_ready after the commit
    std::vector<ClusterId> started_clusters;  // made or started for this run: notify_clusters
};

/// `count` fresh ids of run_ids.
std::vector<RunId> allocate_run_ids(Transaction& tx, int count);

/// The run that holds the user's token: an earlier one, or from here on this one. Waits for a transaction that is
/// giving the token to another.
RunId hold_idempotency_token(Transaction& tx, const std::string& creator_user_name,
                             const std::string& idempotency_token, RunId run_id);

/// Admission, run and task runs of every request in one statement; a result per request, in order. One bad request
/// never fails its neighbours. Routine enqueue_runs.
std::vector<EnqueueResult> enqueue_runs(Transaction& tx, const std::vector<EnqueueRequest>& requests);

struct TaskRunRow {
    RunId run_id;
    RunId job_run_id;
    JobId job_id;
    std::string task_key;
    int attempt_number = 0;
    RunId original_attempt_run_id;
    std::string definition;  // the task as sent, JSON text
    ClusterId cluster_id;
    std::int64_t spark_context_id = 0;
    std::string life_cycle_state;
    std::optional<std::string> result_state;
    std::string state_message;
    std::optional<std::string> termination_code;
    std::optional<std::string> termination_type;
    bool user_cancelled_or_timedout = false;
    EpochMillis start_time = 0;
    EpochMillis setup_duration = 0;
    EpochMillis execution_duration = 0;
    EpochMillis cleanup_duration = 0;
    EpochMillis end_time = 0;
    bool is_last_attempt = true;  // no newer attempt of the task
    std::int64_t repair_id = 0;   // the repair it belongs to; 0 = the original run
    RunId for_each_run_id;        // the for-each task run whose iteration it is; 0 = none
    int iteration = 0;
    std::string outcome;  // of a condition: "true", "false"
    std::string stats;    // of a for-each: the reference's `stats`, JSON text
};

struct RunRow {
    RunId run_id;
    JobId job_id;
    std::string run_name;
    std::string run_type;
    std::string trigger;
    std::string creator_user_name;
    std::string run_as_user_name;
    std::string format;    // of the job
    std::string settings;  // of the job's version that it runs, JSON text without tasks
    std::string life_cycle_state;
    std::optional<std::string> result_state;
    std::string state_message;
    std::optional<std::string> queue_reason;
    std::optional<std::string> termination_code;
    std::optional<std::string> termination_type;
    bool user_cancelled_or_timedout = false;
    EpochMillis start_time = 0;
    EpochMillis end_time = 0;
    EpochMillis queue_duration = 0;
    std::string overriding_parameters;  // JSON text, "" = none
    std::string job_parameters;
    int task_count = 0;
    int revision = 0;
    RunId parent_run_id;         // the task run that began it: by run_job_task or dbutils.notebook.run; 0 = none
    std::string trigger_info;    // JSON text, "" = none
    std::string git_commit;      // "" = not pinned yet, or no Git source
    std::int64_t repair_id = 0;  // of its newest repair; 0 = never repaired
    EpochMillis repaired_time = 0;
    EpochMillis earlier_duration = 0;  // before that repair
    std::vector<TaskRunRow> tasks;     // all attempts, by position then age; empty when not asked for
};

struct TaskOutputRow {
    std::optional<std::string> result;
    bool truncated = false;
    std::optional<std::string> error;
    std::optional<std::string> error_trace;
    std::optional<std::string> logs;
    bool logs_truncated = false;
    std::string details;  // JSON text: sql_output, dbt_output, rows; "" = none
};
/// The run itself when `run_id` is a job-level run; when it names a task run, the run it belongs to with just that
/// task run in `tasks` (`named_task` set).
struct FoundRun {
    RunRow run;
    std::optional<RunId> named_task;
    /// When it was asked for: of the task run that is named, or of the last attempt of a run with one task; absent
    /// while that has not ended, and when it ended without one.
    std::optional<TaskOutputRow> output;
};
/// nullopt: unknown or deleted.
std::optional<FoundRun> find_run(Transaction& tx, RunId run_id, bool with_output = false);
/// The same for many in one statement; an answer per id, in order. The ids differ.
std::vector<std::optional<FoundRun>> find_runs(Transaction& tx, const std::vector<RunId>& run_ids,
                                               const std::vector<bool>& with_output);
/// The task runs of a for-each, by iteration and attempt.
struct IterationPage {
    RunId for_each_run_id;
    int from_iteration = 0;
    std::size_t offset = 0;  // from there
    std::size_t limit = 100;
};
std::vector<TaskRunRow> find_iterations(Transaction& tx, const IterationPage& page);
/// The last tries of all tasks of a run, iterations of its for-each tasks after them, with what they left.
struct TaskOutput {
    TaskRunRow task;
    std::optional<TaskOutputRow> output;
};
std::vector<TaskOutput> find_outputs(Transaction& tx, RunId run_id, std::size_t offset, std::size_t limit);
/// The executed notebook in nbformat, JSON text.
std::optional<std::string> find_task_notebook(Transaction& tx, RunId task_run_id);

/// Newest first; `run_id` breaks ties of `start_time`. Only WORKFLOW_RUNs are left out.
struct RunFilter {
    std::optional<JobId> job_id;
    std::optional<std::string> run_type;
    bool active_only = false;
    bool completed_only = false;
    std::optional<EpochMillis> start_time_from;
    std::optional<EpochMillis> start_time_to;
    int limit = 20;
    int offset = 0;
    std::optional<std::pair<EpochMillis, RunId>> before;  // keyset: rows after this one in the list's order
    std::optional<std::pair<EpochMillis, RunId>> after;   // or those that come just before this one
    std::optional<std::string> visible_to;                // nullopt = all (admins)
    bool with_tasks = false;
};
std::vector<RunRow> list_runs(Transaction& tx, const RunFilter& filter);

/// Marks the run (or only the task run it names) cancelled. Task runs that no worker holds end here; those that run are
/// ended by their worker. A run that is over is left as it is. `cancelled_task_runs`: notify_cancel after the commit.
struct CancelResult {
    std::vector<RunId> cancelled_task_runs;
    std::vector<RunId> ended_runs;
    std::vector<ClusterId> ready_clusters;
    std::vector<ClusterId> changed_clusters;
};
CancelResult cancel_run(Transaction& tx, RunId run_id);
/// Which of the runs that are not over to cancel.
struct CancelFilter {
    std::optional<JobId> job_id;  // nullopt = of all jobs
    bool only_queued = false;
    std::optional<RunId> before;  // older than this one
    int limit = 200;
};
/// Call again while it cancels any.
CancelResult cancel_runs(Transaction& tx, const CancelFilter& filter);

/// A run that is forgotten altogether is not.
bool is_deleted_run(Transaction& tx, RunId run_id);

enum class DeleteRunOutcome { kDeleted, kActive, kDoesNotExist };
DeleteRunOutcome delete_run(Transaction& tx, RunId run_id);

/// Task runs in the hot queue, for the gauges.
struct QueueCounts {
    std::int64_t ready = 0;   // claimable now
    std::int64_t leased = 0;  // held by a worker
};
QueueCounts count_queue(Transaction& tx);

/// How far a run token may still be used. kEndedLately: within the last five minutes. kOver: also when there is no such
/// run.
enum class RunLife { kAlive, kEndedLately, kOver };
RunLife run_life(Transaction& tx, RunId run_id);

}  // namespace stoker::db
