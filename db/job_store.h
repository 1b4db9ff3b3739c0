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
    std::vector<std::string> depends_on;
    int max_retries = 0;
    std::int64_t min_retry_interval_millis = 0;
    bool retry_on_timeout = false;
    int timeout_seconds = 0;
    std::string existing_cluster_id;  // "" = none
    std::string job_cluster_key;      // "" = none
    std::string new_cluster;          // JSON text; of the task or of its job cluster; "" = none
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
    std::vector<JobTask> tasks;
};
JobId create_job(Transaction& tx, const NewJob& job, EpochMillis now);

struct JobRow {
    JobId job_id;
    int job_version = 1;
    std::string name;
    std::string settings;
    std::string creator_user_name;
    std::string run_as_user_name;
    EpochMillis created_time = 0;
    std::string format;
    int max_concurrent_runs = 1;
    bool queue_enabled = false;
    int timeout_seconds = 0;
};
/// nullopt: unknown, deleted, or hidden (SUBMIT, WORKFLOW).
std::optional<JobRow> find_job(Transaction& tx, JobId job_id);

struct JobFilter {
    std::optional<std::string> name;  // exact, without regard to case
    int limit = 20;
    int offset = 0;
    std::optional<std::pair<EpochMillis, JobId>> before;  // keyset
    std::optional<std::string> visible_to;                // nullopt = all
};
/// Newest first.
std::vector<JobRow> list_jobs(Transaction& tx, const JobFilter& filter);
/// false: unknown or deleted. Its runs stay readable.
bool delete_job(Transaction& tx, JobId job_id);

}  // namespace stoker::db
