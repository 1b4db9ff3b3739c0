// Decisions over time: runs arrive and take their time, workers take theirs to start, and nobody waits for a clock.
#include <algorithm>
#include <deque>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "clusters/autoscaling.h"

namespace stoker::clusters {
namespace {

using std::chrono::milliseconds;

constexpr EpochMillis kStep = 50;
constexpr EpochMillis kStartsWithin = 1500;  // from the decision to the first claim
constexpr EpochMillis kLook = 1000;

struct Worker {
    EpochMillis ready_at = 0;
    bool is_head = false;
    bool draining = false;
    std::vector<EpochMillis> runs;  // when each ends
};

struct Load {
    std::string name;
    std::function<int(EpochMillis)> arrivals;  // within the step that begins then
    std::function<EpochMillis(std::mt19937&)> service_time;
    EpochMillis lasts = 0;
};

class Simulation {
  public:
    explicit Simulation(const Load& load) : load_(load) {
        bounds_.min_workers = 1;
        bounds_.max_workers = 8;
        bounds_.num_workers = 1;
        bounds_.slots_per_worker = 2;
        bounds_.scale_down_after = std::chrono::seconds(20);
        workers_ = {Worker{.is_head = true}, Worker{}};
    }

    /// Until all runs have ended and the pool has had time to shrink.
    void run() {
        EpochMillis next_look = 0;
        for (now_ = 0; now_ < load_.lasts + 300'000; now_ += kStep) {
            const int arrived = now_ < load_.lasts ? load_.arrivals(now_) : 0;
            for (int i = 0; i < arrived; ++i) waiting_.push_back(now_);
            work();
            // A full pool wakes the scheduler.
            if (now_ >= next_look || (arrived > 0 && !waiting_.empty())) next_look = now_ + look();
            check();
        }
    }

    int ended = 0, arrived_in_all = 0, turns = 0, largest = 1;
    EpochMillis longest_blindness = 0;  // a backlog stood that long before anything was done about it
    int num_workers() const { return bounds_.num_workers; }
    std::size_t left() const { return waiting_.size(); }

  private:
    bool claims(const Worker& worker) const { return !worker.draining && worker.ready_at <= now_; }

    void work() {
        for (Worker& worker : workers_) {
            ended += static_cast<int>(std::erase_if(worker.runs, [&](EpochMillis end) { return end <= now_; }));
            while (claims(worker) && !waiting_.empty() &&
                   static_cast<int>(worker.runs.size()) < bounds_.slots_per_worker) {
                waiting_.pop_front();
                worker.runs.push_back(now_ + std::max<EpochMillis>(kStep, load_.service_time(random_)));
                ++arrived_in_all;
            }
        }
        std::erase_if(workers_, [](const Worker& worker) { return worker.draining && worker.runs.empty(); });
    }

    EpochMillis look() {
        WorkerPool pool = bounds_;
        for (const Worker& worker : workers_) {
            pool.draining += worker.draining;
            if (claims(worker)) pool.slots += pool.slots_per_worker;
            if (claims(worker) && !worker.is_head && worker.runs.empty()) ++pool.idle;
            pool.busy_slots += static_cast<int>(worker.runs.size());
        }
        pool.waiting = static_cast<int>(waiting_.size());
        if (!waiting_.empty()) pool.oldest_wait = milliseconds(now_ - waiting_.front());
        const Sizing sizing = decide_size(pool, use_, now_);
        resize(sizing.num_workers);
        return std::min<EpochMillis>(kLook, sizing.again_in.value_or(milliseconds(kLook)).count());
    }

    void resize(int target) {
        const int change = target - bounds_.num_workers;
        if (change != 0) {
            if (last_change_ * change < 0) ++turns;
            last_change_ = change;
        }
        for (int i = 0; i < change; ++i) workers_.push_back({.ready_at = now_ + kStartsWithin});
        for (int i = 0; i < -change; ++i) {
            auto idle = std::ranges::find_if(workers_, [&](const Worker& worker) {
                return claims(worker) && !worker.is_head && worker.runs.empty();
            });
            ASSERT_NE(idle, workers_.end()) << load_.name << ": a busy worker would have to leave at " << now_;
            idle->draining = true;
        }
        bounds_.num_workers = target;
        largest = std::max(largest, target);
    }

    void check() {
        const int present = static_cast<int>(workers_.size()) - 1;
        ASSERT_LE(present, bounds_.max_workers) << load_.name << " at " << now_;
        ASSERT_GE(bounds_.num_workers, bounds_.min_workers) << load_.name << " at " << now_;
        const bool starting =
            std::ranges::any_of(workers_, [&](const Worker& worker) { return worker.ready_at > now_; });
        if (!waiting_.empty() && !starting && bounds_.num_workers < bounds_.max_workers)
            longest_blindness = std::max(longest_blindness, now_ - waiting_.front());
    }

    const Load& load_;
    WorkerPool bounds_;  // and what it is to have
    PoolUse use_;
    std::vector<Worker> workers_;
    std::deque<EpochMillis> waiting_;
    std::mt19937 random_{7};
    EpochMillis now_ = 0;
    int last_change_ = 0;
};

std::function<EpochMillis(std::mt19937&)> exponential(double mean) {
    return [mean](std::mt19937& random) {
        return static_cast<EpochMillis>(std::exponential_distribution<double>(1 / mean)(random));
    };
}

class Simulated : public testing::TestWithParam<Load> {};

TEST_P(Simulated, stays_within_bounds_grows_at_once_and_never_takes_a_busy_worker) {
    Simulation simulation(GetParam());
    simulation.run();
    if (HasFatalFailure()) return;
    EXPECT_EQ(simulation.left(), 0U);
    EXPECT_EQ(simulation.ended, simulation.arrived_in_all);
    // kPatience and two steps; what grew already is waited for.
    EXPECT_LE(simulation.longest_blindness, 1000);
    EXPECT_EQ(simulation.num_workers(), 1) << "idle in the end";
    EXPECT_GT(simulation.largest, 1);
    // Each turn from growing to shrinking has a whole scale_down_after before it.
    EXPECT_LE(simulation.turns, 1 + 2 * static_cast<int>((GetParam().lasts + 300'000) / 20'000));
}

INSTANTIATE_TEST_SUITE_P(
    Loads, Simulated,
    testing::Values(
        Load{"burst", [](EpochMillis now) { return now == 5000 ? 500 : 0; }, exponential(400), 10'000},
        Load{"steady", [](EpochMillis now) { return now % 200 == 0 ? 1 : 0; }, exponential(1500), 200'000},
        Load{"long_and_short", [](EpochMillis now) { return now % 1000 == 0 ? 3 : 0; },
             [](std::mt19937& random) -> EpochMillis { return random() % 10 == 0 ? 60'000 : 300; }, 200'000},
        Load{"waves", [](EpochMillis now) { return now % 10'000 == 0 ? 20 : 0; }, exponential(800), 200'000}),
    [](const auto& tested) { return tested.param.name; });

TEST(Simulation, waves_that_come_sooner_than_it_shrinks_leave_the_pool_as_it_is) {
    const Load waves{"waves", [](EpochMillis now) { return now % 10'000 == 0 ? 20 : 0; }, exponential(800), 200'000};
    Simulation simulation(waves);
    simulation.run();
    EXPECT_LE(simulation.turns, 1) << "it grew, and shrank once in the end";
}

}  // namespace
}  // namespace stoker::clusters
