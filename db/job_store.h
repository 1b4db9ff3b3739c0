#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct JobTask {
    std::string task_key;
    std::string definition;  // JSON text, as sent
    std::string task_type = "notebook_task";
    std::vector<std::string> depends_on;
    std::vector<std::optional<std::string>> outcomes;  // of each dependency: "true", "false" or any; empty = any of all
    std::string run_if = "ALL_SUCCESS";
    std::optional<int> nested_in;  // position of the for-each whose task it is
    bool disabled = false;
    std::string source_path;      // workspace path of its notebook or file, canonical; "" = none
    bool has_references = false;  // {{…}} in the definition
    int max_retries = 0;
    std::int64_t min_retry_interval_millis = 0;
    bool retry_on_timeout = false;
    int timeout_seconds = 0;
    std::string existing_cluster_id;  // "" = none
    std::string job_cluster_key;      // "" = none
    std::string new_cluster;          // JSON text; of the task, of its job cluster, or serverless; "" = none
    bool serverless = false;          // runs that ask for the same new_cluster and libraries share it
    std::string libraries = "[]";
};

struct NewJob {
    std::string name;
    std::string settings;  // JSON text
    std::string creator_user_name;
    std::string run_as_user_name;
    std::string kind = "JOB";  // or SUBMIT
    std::string format = "MULTI_TASK";
    int max_concurrent_runs = 1;
    bool queue_enabled = false;
    int timeout_seconds = 0;
    int priority = 0;         // higher is claimed first
    bool notifies = false;    // somebody is to be told of its runs or tasks
    bool continuous = false;  // one run is to be active always
    std::vector<JobTask> tasks;
};
JobId create_job(Transaction& tx, const NewJob& job, EpochMillis now);
/// jobs/update and reset: the job's next version. Runs under way keep theirs, but follow timeout_seconds. false: the
/// job is gone, or has another version than `job_version` meanwhile; nothing was written.
bool change_job(Transaction& tx, JobId job_id, int job_version, const NewJob& job);

struct JobRow {
    JobId job_id;
    int job_version = 1;
    std::string name;
    std::string settings;
    std::string creator_user_name;
    std::string owner_user_name;  // find_job: who may do everything with it; the creator, unless it was given away
    std::string run_as_user_name;
    EpochMillis created_time = 0;
    std::string format;
    int max_concurrent_runs = 1;
    bool queue_enabled = false;
    int timeout_seconds = 0;
    bool continuous = false;
};
/// nullopt: unknown, deleted, or hidden (SUBMIT, WORKFLOW).
std::optional<JobRow> find_job(Transaction& tx, JobId job_id);

struct JobFilter {
    std::optional<std::string> name;  // exact, without regard to case
    int limit = 20;
    int offset = 0;
    std::optional<std::pair<EpochMillis, JobId>> before;  // keyset: jobs after this one in the list's order
    std::optional<std::pair<EpochMillis, JobId>> after;   // or those that come just before this one
    std::optional<std::string> visible_to;                // nullopt = all
};
enum class Tasks { kLeftOut, kIncluded };
/// Newest first; `tasks`: whether settings have them.
std::vector<JobRow> list_jobs(Transaction& tx, const JobFilter& filter, Tasks tasks);
/// Saved jobs of the workspace.
std::int64_t count_jobs(Transaction& tx);
/// false: unknown or deleted. Its runs stay readable.
bool delete_job(Transaction& tx, JobId job_id);

}  // namespace stoker::db
