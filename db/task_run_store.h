#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

// What a worker may do with task runs. Each function is one SECURITY DEFINER routine that the role stoker_worker may
// execute; that role has no rights on tables. Every change of a claimed task run is fenced by its lease token.
namespace stoker::db {

class Transaction;

/// A claimed task run with everything the worker needs to begin.
struct ClaimedTaskRun {
    RunId run_id;
    RunId job_run_id;
    JobId job_id;
    std::string task_key;
    int attempt_number = 0;
    std::string lease_token;
    std::string definition;             // the task, JSON text
    std::string overriding_parameters;  // JSON text, "" = none
    std::string job_parameters;         // JSON text, "" = none
    std::string job_tags;               // JSON object text
    std::string run_as_user_name;
    std::string kernel_token;
    int timeout_seconds = 0;
    std::int64_t job_start_time = 0;
    std::string reference_values;  // for core/value_references, JSON text; "" = its texts refer to nothing
    std::string git_source;        // JSON text, "" = none
    std::string git_commit;        // "" = not pinned yet
    // The notebook or file of the workspace that the task names, read in the claim; no content when there is none.
    std::string source_path;         // "" = the task names none
    std::string source_object_type;  // NOTEBOOK or FILE
    std::optional<std::string> source_content;
    std::string source_format;    // of a notebook: SOURCE or JUPYTER
    std::string source_language;  // of a notebook: PYTHON, SQL, ...
};

/// Up to `limit` ready task runs of the cluster, leased to the worker, life_cycle_state RUNNING. SKIP LOCKED.
std::vector<ClaimedTaskRun> claim_task_runs(Transaction& tx, const WorkerId& worker_id, int limit, int lease_seconds);

/// Extends the worker's leases and its own row's heartbeat.
struct HeartbeatResult {
    std::vector<RunId> lost;       // leases that are no longer ours: kill their kernels, write nothing
    std::vector<RunId> cancelled;  // cancel was requested
    bool stop = false;             // this worker's cluster generation is over: drain and leave
};
struct HeldLease {
    RunId run_id;
    std::string lease_token;
    bool begun = false;
};
/// User code is about to begin: from here on a lost lease ends the task run instead of having it claimed again. Not
/// flushed: heartbeat() repeats durably what has begun. Those whose lease is still held.
std::vector<RunId> begin_task_runs(Transaction& tx, const std::vector<HeldLease>& leases);
HeartbeatResult heartbeat(Transaction& tx, const WorkerId& worker_id, const std::vector<HeldLease>& leases,
                          int lease_seconds);

/// How a task run ended. Infrastructure loss does not burn the user's retries.
struct TaskRunOutcome {
    RunId run_id;
    std::string lease_token;
    std::string life_cycle_state;  // TERMINATED or INTERNAL_ERROR
    std::string result_state;      // SUCCESS, FAILED, TIMEDOUT, CANCELED
    std::string state_message;
    std::string termination_code;
    std::string termination_type;
    bool user_cancelled_or_timedout = false;
    bool retryable = false;            // may a new task run follow, if max_retries (and retry_on_timeout) allow
    bool counts_against_limit = true;  // false: lost with infrastructure, at most 3 times
    EpochMillis setup_duration = 0;
    EpochMillis execution_duration = 0;
    EpochMillis cleanup_duration = 0;
    // Output.
    std::optional<std::string> result;
    bool truncated = false;
    std::optional<std::string> error;
    std::optional<std::string> error_trace;
    std::optional<std::string> logs;
    bool logs_truncated = false;
    std::optional<std::string> notebook;  // nbformat JSON text
    std::optional<std::string> details;   // JSON object text: sql_output, dbt_output, rows
};
enum class FinishOutcome { kFinished, kLeaseLost };
struct FinishResult {
    std::vector<FinishOutcome> outcomes;      // in the order given
    std::vector<RunId> ended_runs;            // job-level runs and the finished task runs: notify kRunsChannel
    std::vector<ClusterId> ready_clusters;    // next tasks, retries, next queued runs: notify kReadyChannel
    std::vector<ClusterId> changed_clusters;  // job clusters started or to be ended: notify kClustersChannel
};
/// Writes output and state, makes what follows ready (depends_on, retries, the job's next QUEUED run) and ends the run
/// when it was the last task, all in this transaction.
FinishResult finish_task_runs(Transaction& tx, const std::vector<TaskRunOutcome>& outcomes);

/// Hands claims back whose user code has not begun: they are ready again at once, with the same run_id.
FinishResult release_task_runs(Transaction& tx, const std::vector<HeldLease>& leases);

/// dbutils.notebook.run: a WORKFLOW_RUN that is born claimed by the same worker. Throws ApiError when the notebook does
/// not exist in the workspace, unless the worker has it in a checkout.
enum class CalledNotebook { kInWorkspace, kInCheckout };
ClaimedTaskRun begin_workflow_run(Transaction& tx, const HeldLease& parent, const std::string& notebook_path,
                                  const std::string& arguments_json, int timeout_seconds, int lease_seconds,
                                  CalledNotebook where = CalledNotebook::kInWorkspace);

/// dbutils.jobs.taskValues, for the holder of the lease. `value` is JSON text. false: the lease is lost.
bool set_task_value(Transaction& tx, const HeldLease& lease, const std::string& key, const std::string& value);
/// What the task of that key has set in the same run; nullopt: nothing (or the lease is lost).
std::optional<std::string> get_task_value(Transaction& tx, const HeldLease& lease, const std::string& task_key,
                                          const std::string& key);

/// Scheduler: leases past their end on the database's clock. Not begun → ready again; begun →
/// INTERNAL_ERROR/DRIVER_ERROR and, with max_retries ≠ 0, a new task run that does not count, at most 3 times.
FinishResult rescue_expired_leases(Transaction& tx, int limit);
/// The same, at once, for a worker its node has seen die (its processes are all gone).
FinishResult rescue_worker(Transaction& tx, const WorkerId& worker_id, const std::string& why = "");
/// Scheduler: runs whose deadline has passed: cancels as TIMEDOUT. Result as of a finish; cancelled ones to be
/// notified.
struct TimeoutResult {
    FinishResult finished;
    std::vector<RunId> cancelled_task_runs;
};
TimeoutResult time_out_runs(Transaction& tx, int limit);
/// Scheduler's sweep: QUEUED runs of jobs that have free places.
FinishResult admit_queued_runs(Transaction& tx);
/// Scheduler's sweep: clusters that have ready work whose ready_at has come (retries), for a NOTIFY.
std::vector<ClusterId> clusters_with_ready_work(Transaction& tx);

}  // namespace stoker::db
