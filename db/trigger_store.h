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

/// Triggers whose time has come, oldest first; enqueues and changes of their jobs wait for this transaction.
std::vector<TriggerRow> lock_due_triggers(Transaction& tx, EpochMillis now, int limit);
/// The next of them: when; nullopt = none waits.
std::optional<EpochMillis> next_trigger_time(Transaction& tx);
/// When a trigger is looked at again, and what its service remembers.
void move_trigger(Transaction& tx, JobId job_id, std::optional<EpochMillis> next_time, const std::string& state);

/// Those of `paths` that the job's trigger has not seen before; from here on it has.
std::vector<std::string> see_files(Transaction& tx, JobId job_id, const std::vector<std::string>& paths);
/// Forgets files that are no more, so that one of the name may arrive again.
void forget_files_but(Transaction& tx, JobId job_id, const std::vector<std::string>& paths);

/// Whether the job has a run that is not over, a QUEUED one among them. Its trigger is locked.
bool has_active_run(Transaction& tx, JobId job_id);
/// How the job's last run ended, whatever set it off; zeros when there is none.
struct LastEnd {
    EpochMillis start_time = 0;
    EpochMillis end_time = 0;
    int failures_in_a_row = 0;  // FAILED or TIMEDOUT, it among them; counted up to 20
};
LastEnd last_end(Transaction& tx, JobId job_id);

}  // namespace stoker::db
