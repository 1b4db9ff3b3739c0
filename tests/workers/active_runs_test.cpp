#include "workers/active_runs.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace stoker::workers {
namespace {
using namespace std::chrono_literals;

class ActiveRunsTest : public ::testing::Test {
  protected:
    std::shared_ptr<ActiveRun> add(std::int64_t id, bool called = false) {
        db::ClaimedTaskRun claimed;
        claimed.run_id = RunId{id};
        const auto run = std::make_shared<ActiveRun>(io_.get_executor(), claimed, clock_.monotonic());
        run->called = called;
        runs_.add(run);
        return run;
    }

    boost::asio::io_context io_;
    test::ManualClock clock_;
    ActiveRuns runs_{io_.get_executor(), clock_, 2};
};

TEST_F(ActiveRunsTest, SlotsAreTakenInTheOrderOfTheClaims) {
    const auto a = add(5), b = add(1), c = add(3), d = add(2);
    EXPECT_TRUE(a->holds_slot && b->holds_slot);
    EXPECT_FALSE(c->holds_slot || d->holds_slot);
    EXPECT_EQ(runs_.free_slots(), 0);
    EXPECT_EQ(runs_.waiting(), 2u);
    runs_.free_slot(*b);
    EXPECT_TRUE(c->holds_slot);
    EXPECT_FALSE(d->holds_slot || b->holds_slot);
    EXPECT_EQ(runs_.waiting(), 1u);
}

TEST_F(ActiveRunsTest, ARunThatLeavesGivesItsSlotOnce) {
    const auto a = add(1), b = add(2), c = add(3), d = add(4);
    runs_.free_slot(*a);
    runs_.remove(a->claim.run_id);
    EXPECT_TRUE(c->holds_slot);
    EXPECT_FALSE(d->holds_slot);
    runs_.remove(b->claim.run_id);
    EXPECT_TRUE(d->holds_slot);
    runs_.remove(c->claim.run_id);
    EXPECT_EQ(runs_.free_slots(), 1);
}

TEST_F(ActiveRunsTest, OneThatLeavesTheLineTakesNoSlot) {
    const auto a = add(1), b = add(2), c = add(3);
    runs_.remove(c->claim.run_id);
    EXPECT_EQ(runs_.waiting(), 0u);
    runs_.remove(a->claim.run_id);
    EXPECT_EQ(runs_.free_slots(), 1);
    EXPECT_TRUE(b->holds_slot);
}

TEST_F(ActiveRunsTest, ACalledNotebookNeedsNoSlot) {
    const auto a = add(1), b = add(2), called = add(3, true);
    EXPECT_EQ(runs_.waiting(), 0u);
    EXPECT_FALSE(called->holds_slot);
    runs_.remove(called->claim.run_id);
    EXPECT_EQ(runs_.free_slots(), 0);
    EXPECT_TRUE(a->holds_slot && b->holds_slot);
}

TEST_F(ActiveRunsTest, RemembersWhatWasTakenLately) {
    add(1);
    clock_.advance(40ms);
    add(2);
    EXPECT_EQ(runs_.taken_within(50ms), 2u);
    clock_.advance(20ms);
    EXPECT_EQ(runs_.taken_within(50ms), 1u);
    clock_.advance(1s);
    EXPECT_EQ(runs_.taken_within(50ms), 0u);
}

}  // namespace
}  // namespace stoker::workers
