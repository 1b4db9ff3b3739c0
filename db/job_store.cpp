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
    job.owner_user_name = text_of(row["owner_user_name"]);
    job.run_as_user_name = text_of(row["run_as_user_name"]);
    job.created_time = number_of(row["created_time"]);
    job.format = text_of(row["format"]);
    job.max_concurrent_runs = row["max_concurrent_runs"].as<int>();
    job.queue_enabled = row["queue_enabled"].as<bool>();
    job.timeout_seconds = row["timeout_seconds"].as<int>();
    job.continuous = row["continuous"].as<bool>();
    return job;
}

nlohmann::json task_json(const JobTask& task, std::size_t position) {
    nlohmann::json json{{"position", position},
                        {"task_key", task.task_key},
                        {"definition", task.definition},
                        {"task_type", task.task_type},
                        {"depends_on", task.depends_on},
                        {"run_if", task.run_if},
                        {"disabled", task.disabled},
                        {"serverless", task.serverless},
                        {"source_path", task.source_path},
                        {"has_references", task.has_references},
                        {"max_retries", task.max_retries},
                        {"min_retry_interval_millis", task.min_retry_interval_millis},
                        {"retry_on_timeout", task.retry_on_timeout},
                        {"timeout_seconds", task.timeout_seconds},
                        {"existing_cluster_id", task.existing_cluster_id},
                        {"job_cluster_key", task.job_cluster_key},
                        {"new_cluster", task.new_cluster},
                        {"libraries", task.libraries}};
    if (task.nested_in) json["nested_in"] = *task.nested_in;
    auto& outcomes = json["outcomes"] = nlohmann::json::array();
    for (std::size_t i = 0; i < task.depends_on.size(); ++i) {
        const bool is_named = i < task.outcomes.size() && task.outcomes[i];
        outcomes.push_back(is_named ? nlohmann::json(*task.outcomes[i]) : nlohmann::json());
    }
    return json;
}

void add_version(Transaction& tx, JobId job_id, const NewJob& job) {
    auto tasks = nlohmann::json::array();
    for (const JobTask& task : job.tasks) tasks.push_back(task_json(task, tasks.size()));
    tx.query("add_job_version", {job_id, job.settings, tasks.dump()});
}

bool changes_timeout(Transaction& tx, JobId job_id, int job_version, int timeout_seconds) {
    const auto rows = tx.query("changes_timeout", {job_id, job_version, timeout_seconds});
    return !rows.empty() && rows[0]["changes"].as<bool>();
}
}  // namespace

JobId create_job(Transaction& tx, const NewJob& job, EpochMillis now) {
    auto rows = tx.query("create_job", {job.name, job.creator_user_name, job.run_as_user_name, now, job.kind,
                                        job.format, job.max_concurrent_runs, job.queue_enabled, job.timeout_seconds,
                                        job.priority, job.notifies, job.continuous});
    const JobId job_id{number_of(rows[0]["job_id"])};
    add_version(tx, job_id, job);
    return job_id;
}

bool change_job(Transaction& tx, JobId job_id, int job_version, const NewJob& job) {
    const bool moves_deadlines = changes_timeout(tx, job_id, job_version, job.timeout_seconds);
    if (moves_deadlines) tx.query("lock_runs_under_way", {job_id});
    auto changed = tx.query(
        "change_job", {job_id, job.name, job.run_as_user_name, job.format, job.max_concurrent_runs, job.queue_enabled,
                       job.timeout_seconds, job.priority, job.notifies, job.continuous, job_version});
    if (changed.empty()) return false;
    add_version(tx, job_id, job);
    if (moves_deadlines) tx.query("move_deadlines", {job_id, job.timeout_seconds});
    return true;
}

std::optional<JobRow> find_job(Transaction& tx, JobId job_id) {
    auto rows = tx.query("find_job", {job_id});
    if (rows.empty()) return std::nullopt;
    return job_row(rows[0]);
}

std::vector<JobRow> list_jobs(Transaction& tx, const JobFilter& filter, Tasks tasks) {
    nlohmann::json asked{{"max_rows", filter.limit}, {"skip", filter.offset}};
    if (filter.name) asked["name"] = *filter.name;
    if (filter.before) asked["before"] = {filter.before->first, filter.before->second.value};
    if (filter.after) asked["after"] = {filter.after->first, filter.after->second.value};
    if (filter.visible_to) asked["visible_to"] = *filter.visible_to;
    std::vector<JobRow> jobs;
    for (const auto& row : tx.query("list_jobs", {asked.dump(), tasks == Tasks::kIncluded}))
        jobs.push_back(job_row(row));
    return jobs;
}

std::int64_t count_jobs(Transaction& tx) {
    return number_of(tx.query("count_jobs")[0]["count"]);
}

bool delete_job(Transaction& tx, JobId job_id) {
    return !tx.query("delete_job", {job_id}).empty();
}

}  // namespace stoker::db
