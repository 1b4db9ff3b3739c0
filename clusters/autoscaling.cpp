#include "clusters/autoscaling.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace stoker::clusters {
namespace {

using std::chrono::milliseconds;

// A run that waits less has met no backlog: the next claim takes it.
constexpr milliseconds kPatience{200};
// While every slot is taken the next run that comes will wait.
constexpr milliseconds kLookWhileFull{200};

/// Beside the head, for everything to run at once.
int needed_workers(const WorkerPool& pool) {
    const int slots = std::max(1, pool.slots_per_worker);
    return std::max(0, (pool.busy_slots + pool.waiting + slots - 1) / slots - 1);
}

std::string seconds_text(milliseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", static_cast<double>(time.count()) / 1000);
    return text.data();
}

Sizing resized(const WorkerPool& pool, int num_workers, const std::string& why) {
    return {num_workers,
            "scaled " + std::to_string(pool.num_workers) + " → " + std::to_string(num_workers) + ": " + why,
            std::nullopt};
}

std::string idle_text(int workers, std::chrono::seconds time) {
    return std::to_string(workers) + (workers == 1 ? " worker" : " workers") + " without work for " +
           std::to_string(time.count()) + " s";
}

}  // namespace

Sizing decide_size(const WorkerPool& pool, PoolUse& use, EpochMillis now) {
    const int needed = std::clamp(needed_workers(pool), pool.min_workers, pool.max_workers);
    if (needed >= pool.num_workers) {
        use = {};
    } else {
        if (!use.spare_since) use = {now, 0};
        use.peak = std::max(use.peak, needed);
    }

    const int within = std::clamp(pool.num_workers, pool.min_workers, pool.max_workers);
    if (within != pool.num_workers)
        return resized(
            pool, within,
            "the definition says " + std::to_string(pool.min_workers) + " to " + std::to_string(pool.max_workers));

    // Those that still end their runs count until they have left.
    const int grown = std::min(needed, pool.max_workers - pool.draining);
    if (pool.waiting > 0 && pool.oldest_wait >= kPatience && grown > pool.num_workers)
        return resized(pool, grown, "oldest waiting run " + seconds_text(pool.oldest_wait));

    Sizing stays{pool.num_workers, "", std::nullopt};
    if (use.spare_since) {
        const milliseconds spare_for(now - *use.spare_since);
        const int shrunk = std::max(use.peak, pool.num_workers - pool.idle);
        if (spare_for >= pool.scale_down_after && shrunk < pool.num_workers) {
            use = {now, 0};
            return resized(pool, shrunk, idle_text(pool.num_workers - shrunk, pool.scale_down_after));
        }
        if (spare_for < pool.scale_down_after) stays.again_in = pool.scale_down_after - spare_for;
    }
    const bool may_grow = pool.num_workers < pool.max_workers;
    if (may_grow && pool.waiting > 0 && pool.oldest_wait < kPatience)
        stays.again_in = kPatience - pool.oldest_wait;
    else if (may_grow && pool.busy_slots >= pool.slots)
        stays.again_in = kLookWhileFull;
    return stays;
}

}  // namespace stoker::clusters
