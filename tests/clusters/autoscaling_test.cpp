#include "clusters/autoscaling.h"

#include <functional>

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

using namespace std::chrono_literals;

constexpr EpochMillis kNow = 1'000'000;

/// 1 to 8 workers of two slots; it is to have two, which are ready and idle.
WorkerPool pool() {
    WorkerPool pool;
    pool.min_workers = 1;
    pool.max_workers = 8;
    pool.num_workers = 2;
    pool.idle = 2;
    pool.slots_per_worker = 2;
    pool.slots = 6;
    return pool;
}
WorkerPool busy(int waiting, std::chrono::milliseconds oldest_wait) {
    WorkerPool full = pool();
    full.idle = 0;
    full.busy_slots = full.slots;
    full.waiting = waiting;
    full.oldest_wait = oldest_wait;
    return full;
}
WorkerPool changed(WorkerPool pool, const std::function<void(WorkerPool&)>& change) {
    change(pool);
    return pool;
}

struct Case {
    std::string name;
    WorkerPool pool;
    PoolUse use;
    int num_workers;
    std::string message;
    std::optional<std::chrono::milliseconds> again_in;
};

class DecideSize : public testing::TestWithParam<Case> {};

TEST_P(DecideSize, says_how_many_workers_and_why) {
    PoolUse use = GetParam().use;
    const Sizing sizing = decide_size(GetParam().pool, use, kNow);
    EXPECT_EQ(sizing.num_workers, GetParam().num_workers);
    EXPECT_EQ(sizing.message, GetParam().message);
    EXPECT_EQ(sizing.again_in, GetParam().again_in);
}

const PoolUse kSpareForAMinute{kNow - 60'000, 1};

INSTANTIATE_TEST_SUITE_P(
    Table, DecideSize,
    testing::Values(
        Case{"just_enough", changed(busy(0, 0ms), [](auto& p) { p.slots = 7; }), {}, 2, "", std::nullopt},
        Case{"full_the_next_run_will_wait", busy(0, 0ms), {}, 2, "", 200ms},
        Case{"has_not_waited_long", busy(3, 150ms), {}, 2, "", 50ms},
        Case{"one_waits", busy(1, 200ms), {}, 3, "scaled 2 → 3: oldest waiting run 0.2 s", std::nullopt},
        Case{
            "all_that_wait_get_a_slot", busy(5, 3249ms), {}, 5, "scaled 2 → 5: oldest waiting run 3.2 s", std::nullopt},
        Case{"never_above_the_most", busy(500, 1s), {}, 8, "scaled 2 → 8: oldest waiting run 1.0 s", std::nullopt},
        Case{"those_that_start_are_waited_for",
             changed(busy(4, 1s), [](auto& p) { p.num_workers = 4; }),
             {},
             4,
             "",
             200ms},
        Case{"as_large_as_can_be", changed(busy(500, 1s), [](auto& p) { p.num_workers = 8; }), {}, 8, "", std::nullopt},
        Case{"one_that_leaves_takes_a_place",
             changed(busy(500, 1s), [](auto& p) { p.draining = 2; }),
             {},
             6,
             "scaled 2 → 6: oldest waiting run 1.0 s",
             std::nullopt},
        Case{"spare_from_now_on", pool(), {}, 2, "", 60s},
        Case{"spare_for_a_while", pool(), {kNow - 59'000, 1}, 2, "", 1s},
        Case{"spare_for_long", pool(), kSpareForAMinute, 1, "scaled 2 → 1: 1 worker without work for 60 s",
             std::nullopt},
        Case{"not_below_what_was_needed_meanwhile", pool(), {kNow - 60'000, 2}, 2, "", std::nullopt},
        Case{"not_below_the_least", changed(pool(), [](auto& p) { p.min_workers = 2; }), {}, 2, "", std::nullopt},
        Case{"no_busy_worker_leaves",
             changed(pool(), [](auto& p) { p.num_workers = 5, p.idle = 1, p.slots = 12, p.busy_slots = 4; }),
             kSpareForAMinute, 4, "scaled 5 → 4: 1 worker without work for 60 s", std::nullopt},
        Case{"several_idle_ones_leave_at_once",
             changed(pool(), [](auto& p) { p.num_workers = 8, p.idle = 8, p.slots = 18; }), kSpareForAMinute, 1,
             "scaled 8 → 1: 7 workers without work for 60 s", std::nullopt},
        Case{"all_run_something", changed(pool(), [](auto& p) { p.idle = 0, p.busy_slots = 2; }), kSpareForAMinute, 2,
             "", std::nullopt},
        Case{"bounds_were_raised",
             changed(pool(), [](auto& p) { p.min_workers = 4; }),
             {},
             4,
             "scaled 2 → 4: the definition says 4 to 8",
             std::nullopt},
        Case{"bounds_were_lowered",
             changed(busy(9, 1s), [](auto& p) { p.max_workers = 1; }),
             {},
             1,
             "scaled 2 → 1: the definition says 1 to 1",
             std::nullopt}),
    [](const auto& tested) { return tested.param.name; });

TEST(PoolUse, begins_anew_when_the_pool_is_needed_again) {
    PoolUse use = kSpareForAMinute;
    decide_size(busy(0, 0ms), use, kNow);
    EXPECT_FALSE(use.spare_since);
    decide_size(pool(), use, kNow + 1);
    EXPECT_EQ(use.spare_since, kNow + 1);
}

}  // namespace
}  // namespace stoker::clusters
