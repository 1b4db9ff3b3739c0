#include "db/trigger_store.h"

#include "db/transaction.h"

namespace stoker::db {
namespace {
TriggerRow trigger_row(const pqxx::row& row) {
    TriggerRow trigger;
    read_id(row["job_id"], trigger.job_id);
    trigger.kind = text_of(row["kind"]);
    trigger.definition = text_of(row["definition"]);
    trigger.paused = row["paused"].as<bool>();
    if (!row["next_time"].is_null()) trigger.next_time = number_of(row["next_time"]);
    trigger.state = text_of(row["state"]);
    return trigger;
}
}  // namespace

void set_trigger(Transaction& tx, JobId job_id, const std::optional<NewTrigger>& trigger) {
    if (!trigger) {
        tx.query("delete_trigger", {job_id});
        return;
    }
    tx.query("set_trigger", {job_id, trigger->kind, trigger->definition, trigger->paused, trigger->next_time});
}

std::optional<TriggerRow> find_trigger(Transaction& tx, JobId job_id) {
    auto rows = tx.query("find_trigger", {job_id});
    if (rows.empty()) return std::nullopt;
    return trigger_row(rows[0]);
}

std::vector<TriggerRow> lock_due_triggers(Transaction& tx, EpochMillis now, int limit) {
    std::vector<JobId> jobs;
    for (const auto& row : tx.query("lock_due_jobs", {now, limit})) jobs.push_back({number_of(row["job_id"])});
    std::vector<TriggerRow> due;
    if (jobs.empty()) return due;
    // A statement of its own: it sees what those have changed that were waited for.
    for (const auto& row : tx.query("due_triggers", {Param::array(jobs), now})) due.push_back(trigger_row(row));
    return due;
}

std::optional<EpochMillis> next_trigger_time(Transaction& tx) {
    const auto rows = tx.query("next_trigger_time");
    if (rows[0]["next_time"].is_null()) return std::nullopt;
    return number_of(rows[0]["next_time"]);
}

void move_trigger(Transaction& tx, JobId job_id, std::optional<EpochMillis> next_time, const std::string& state) {
    tx.query("move_trigger", {job_id, next_time, state});
}

std::vector<std::string> see_files(Transaction& tx, JobId job_id, const std::vector<std::string>& paths) {
    std::vector<std::string> seen;
    for (const auto& row : tx.query("see_files", {job_id, Param::array(paths)})) seen.push_back(text_of(row["path"]));
    return seen;
}

void forget_files_but(Transaction& tx, JobId job_id, const std::vector<std::string>& paths) {
    tx.query("forget_files_but", {job_id, Param::array(paths)});
}

bool has_active_run(Transaction& tx, JobId job_id) {
    return tx.query("has_active_run", {job_id})[0]["active"].as<bool>();
}

LastEnd last_end(Transaction& tx, JobId job_id) {
    const auto row = tx.query("last_end", {job_id})[0];
    return {number_of(row["start_time"]), number_of(row["end_time"]), static_cast<int>(number_of(row["failures"]))};
}

}  // namespace stoker::db
