#include "db/job_store.h"

#include <nlohmann/json.hpp>

#include "db/transaction.h"

namespace stoker::db {
namespace {
JobRow job_row(const pqxx::row& row) {
    JobRow job;
    read_id(row["job_id"], job.job_id);
    job.job_version = row["job_version"].as<int>();
    job.name = text_of(row["name"]);
    job.settings = text_of(row["settings"]);
    job.creator_user_name = text_of(row["creator_user_name"]);
    job.run_as_user_name = text_of(row["run_as_user_name"]);
    job.created_time = number_of(row["created_time"]);
    job.format = text_of(row["format"]);
    job.max_concurrent_runs = row["max_concurrent_runs"].as<int>();
    job.queue_enabled = row["queue_enabled"].as<bool>();
    job.timeout_seconds = row["timeout_seconds"].as<int>();
    return job;
}

std::string tasks_json(const std::vector<JobTask>& tasks) {
    auto list = nlohmann::json::array();
    for (const JobTask& task : tasks)
        list.push_back({{"position", list.size()},
                        {"task_key", task.task_key},
                        {"definition", task.definition},
                        {"depends_on", task.depends_on},
                        {"max_retries", task.max_retries},
                        {"min_retry_interval_millis", task.min_retry_interval_millis},
                        {"retry_on_timeout", task.retry_on_timeout},
                        {"timeout_seconds", task.timeout_seconds},
                        {"existing_cluster_id", task.existing_cluster_id},
                        {"job_cluster_key", task.job_cluster_key},
                        {"new_cluster", task.new_cluster},
                        {"libraries", task.libraries}});
    return list.dump();
}
}  // namespace

JobId create_job(Transaction& tx, const NewJob& job, EpochMillis now) {
    auto rows = tx.query(
        "create_job", {job.name, job.settings, job.creator_user_name, job.run_as_user_name, now, job.kind, job.format,
                       job.max_concurrent_runs, job.queue_enabled, job.timeout_seconds, tasks_json(job.tasks)});
    return JobId{number_of(rows[0]["job_id"])};
}

std::optional<JobRow> find_job(Transaction& tx, JobId job_id) {
    auto rows = tx.query("find_job", {job_id});
    if (rows.empty()) return std::nullopt;
    return job_row(rows[0]);
}

std::vector<JobRow> list_jobs(Transaction& tx, const JobFilter& filter) {
    std::optional<EpochMillis> before_time;
    std::optional<JobId> before_id;
    if (filter.before) {
        before_time = filter.before->first;
        before_id = filter.before->second;
    }
    std::vector<JobRow> jobs;
    for (const auto& row : tx.query_once(
             "list_jobs", {filter.name, before_time, before_id, filter.visible_to, filter.limit, filter.offset}))
        jobs.push_back(job_row(row));
    return jobs;
}

bool delete_job(Transaction& tx, JobId job_id) {
    return !tx.query("delete_job", {job_id}).empty();
}

}  // namespace stoker::db
