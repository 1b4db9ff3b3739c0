#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

// What starts runs of a job by itself.
namespace stoker::db {

class Transaction;

struct NewTrigger {
    std::string kind;        // SCHEDULE, PERIODIC, FILE_ARRIVAL, CONTINUOUS
    std::string definition;  // JSON text, as in the settings: of `schedule`, `trigger` or `continuous`
    bool paused = false;
    std::optional<EpochMillis> next_time;  // when it is looked at first; nullopt = never
};
/// The job's trigger from here on; nullopt = none. One that stays what it was goes on where it is.
void set_trigger(Transaction& tx, JobId job_id, const std::optional<NewTrigger>& trigger);

struct TriggerRow {
    JobId job_id;
    std::string kind;
    std::string definition;
    bool paused = false;
    std::optional<EpochMillis> next_time;
    std::string state;  // JSON object text: the service's own
};
std::optional<TriggerRow> find_trigger(Transaction& tx, JobId job_id);

/// Triggers whose time has come, locked; those that another transaction changes are left out.
std::vector<TriggerRow> due_triggers(Transaction& tx, EpochMillis now, int limit);
/// The next of them: when; nullopt = none waits.
std::optional<EpochMillis> next_trigger_time(Transaction& tx);
/// When a trigger is looked at again, and what its service remembers.
void move_trigger(Transaction& tx, JobId job_id, std::optional<EpochMillis> next_time, const std::string& state);

/// Those of `paths` that the job's trigger has not seen before; from here on it has.
std::vector<std::string> see_files(Transaction& tx, JobId job_id, const std::vector<std::string>& paths);
/// Forgets files that are no more, so that one of the name may arrive again.
void forget_files_but(Transaction& tx, JobId job_id, const std::vector<std::string>& paths);

/// Runs of the job that are not over, QUEUED ones among them.
int count_active_runs(Transaction& tx, JobId job_id);
/// How the job's last run of that trigger ended: result_state, and how many before it in a row did not succeed.
struct LastEnd {
    std::string result_state;  // "" = there is none
    EpochMillis end_time = 0;
    int failures_in_a_row = 0;  // counted up to 20
};
LastEnd last_end(Transaction& tx, JobId job_id);

}  // namespace stoker::db
