#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/ids.h"

namespace stoker::clusters {

/// What a decision about the size of one cluster's pool needs to know. Workers are counted beside the head, which
/// always is; slots are those of all.
struct WorkerPool {
    int min_workers = 0;
    int max_workers = 0;
    int num_workers = 0;  // that it is to have, by the last decision
    int draining = 0;     // told to leave, still there
    int idle = 0;         // ready, without a run
    int slots_per_worker = 1;
    int slots = 0;  // of those that are ready
    int busy_slots = 0;
    int waiting = 0;  // runs that could start if there were a slot
    std::chrono::milliseconds oldest_wait{0};
    std::chrono::seconds scale_down_after{60};
};

/// What one decision remembers for the next.
struct PoolUse {
    std::optional<EpochMillis> spare_since;  // the pool has been larger than needed since then
    int peak = 0;                            // workers that were needed at most since then
};

struct Sizing {
    int num_workers = 0;
    std::string message;  // "scaled 2 → 5: oldest waiting run 3.2 s"; "" = it stays as it is
    /// When to look again without being told of anything new.
    std::optional<std::chrono::milliseconds> again_in;
};

/// Grows at once when a run waits longer than a claim takes, to as many workers as all that waits could use; shrinks to
/// what was needed at most while it was larger than that for scale_down_after, and never by more workers than are idle.
/// Pure.
Sizing decide_size(const WorkerPool& pool, PoolUse& use, EpochMillis now);

}  // namespace stoker::clusters
