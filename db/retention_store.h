#pragma once
#include <chrono>
#include <optional>

#include "core/ids.h"

// What time does to rows: scheduler/ calls these.
namespace stoker::db {

class Transaction;

/// Removes up to `limit` runs that ended before `ended_before`, with all that is theirs. Returns how many.
int prune_runs(Transaction& tx, EpochMillis ended_before, int limit);
/// Removes up to `limit` former versions of jobs that no run is left of, and deleted jobs without runs. Returns how
/// many.
int prune_job_versions(Transaction& tx, int limit);
/// The same for clusters that belonged to one run, or were deleted for good, with their events and workers.
int prune_clusters(Transaction& tx, EpochMillis terminated_before, int limit);
/// How long until the next waiting task run (a retry) becomes ready; nullopt when none waits for its time.
std::optional<std::chrono::milliseconds> next_ready_in(Transaction& tx);

}  // namespace stoker::db
