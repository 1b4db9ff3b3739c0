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

std::vector<TriggerRow> due_triggers(Transaction& tx, EpochMillis now, int limit) {
    std::vector<TriggerRow> due;
    for (const auto& row : tx.query("due_triggers", {now, limit})) due.push_back(trigger_row(row));
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

int count_active_runs(Transaction& tx, JobId job_id) {
    return static_cast<int>(number_of(tx.query("count_active_runs", {job_id})[0]["active"]));
}

LastEnd last_end(Transaction& tx, JobId job_id) {
    const auto row = tx.query("last_end", {job_id})[0];
    return {text_of(row["result_state"]), number_of(row["end_time"]), static_cast<int>(number_of(row["failures"]))};
}

}  // namespace stoker::db
