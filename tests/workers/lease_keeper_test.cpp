#include "workers/lease_keeper.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace stoker::workers {
namespace {

using namespace std::chrono_literals;

class LeaseKeeperTest : public testing::Test {
  protected:
    LeaseKeeperTest()
        : runs_(io_.get_executor(), clock_, 1),
          keeper_(
              io_.get_executor(), clock_, 15s, runs_, [this](auto held) { return renew(std::move(held)); },
              [this] { ++stops_; }) {}

    boost::asio::awaitable<db::HeartbeatResult> renew(std::vector<db::HeldLease> held) {
        held_ = held.size();
        clock_.advance(takes_);
        if (fails_) throw std::runtime_error("no database");
        co_return answer_;
    }
    std::shared_ptr<ActiveRun> claim(std::int64_t id) {
        db::ClaimedTaskRun claimed;
        claimed.run_id = RunId{id};
        const auto run = std::make_shared<ActiveRun>(io_.get_executor(), claimed, clock_.monotonic());
        runs_.add(run);
        keeper_.watch(*run);
        return run;
    }
    void beat() {
        boost::asio::co_spawn(io_, keeper_.renew_once(), boost::asio::detached);
        io_.restart();
        io_.run();
    }

    boost::asio::io_context io_;
    test::ManualClock clock_;
    ActiveRuns runs_;
    LeaseKeeper keeper_;
    db::HeartbeatResult answer_;
    std::chrono::milliseconds takes_{0};
    bool fails_ = false;
    std::size_t held_ = 0;
    int stops_ = 0;
};

TEST_F(LeaseKeeperTest, KeepsWhatItRenews) {
    const auto run = claim(1);
    for (int i = 0; i < 10; ++i) {
        clock_.advance(5s);
        beat();
        EXPECT_EQ(keeper_.give_up_overdue(), 0);
    }
    EXPECT_EQ(held_, 1u);
    EXPECT_FALSE(run->must_end());
}

TEST_F(LeaseKeeperTest, GivesUpBeforeTheLastThirdWhateverTheDatabaseDoes) {
    const auto run = claim(1);
    fails_ = true;
    clock_.advance(5s);
    beat();
    clock_.advance(4999ms);
    EXPECT_EQ(keeper_.give_up_overdue(), 0);
    clock_.advance(1ms);
    EXPECT_EQ(keeper_.give_up_overdue(), 1);
    EXPECT_EQ(run->end_reason, EndReason::kLeaseLost);
}

TEST_F(LeaseKeeperTest, ARenewalCountsFromWhenItWasSent) {
    const auto run = claim(1);
    takes_ = 9s;
    clock_.advance(500ms);
    beat();  // sent at 0.5 s, answered at 9.5 s: overdue at 10.5 s
    EXPECT_EQ(keeper_.give_up_overdue(), 0);
    clock_.advance(1s);
    EXPECT_EQ(keeper_.give_up_overdue(), 1);
}

TEST_F(LeaseKeeperTest, EndsWhatTheDatabaseSaysIsLost) {
    const auto lost = claim(1), kept = claim(2);
    answer_.lost = {RunId{1}};
    beat();
    EXPECT_EQ(lost->end_reason, EndReason::kLeaseLost);
    EXPECT_FALSE(kept->must_end());
}

TEST_F(LeaseKeeperTest, ALeaseThatTheFinishHasJustTakenAwayIsNotLost) {
    const auto run = claim(1);
    run->finishing = true;
    answer_.lost = {RunId{1}};
    beat();
    EXPECT_FALSE(run->must_end());
}

TEST_F(LeaseKeeperTest, EndsWhatWasCancelledWithAllItCalled) {
    const auto run = claim(1), child = claim(2);
    run->children.push_back(child);
    answer_.cancelled = {RunId{1}};
    beat();
    EXPECT_EQ(run->end_reason, EndReason::kCancelled);
    EXPECT_EQ(child->end_reason, EndReason::kCancelled);
}

TEST_F(LeaseKeeperTest, PassesOnThatTheWorkerIsToLeave) {
    answer_.stop = true;
    beat();
    EXPECT_EQ(stops_, 1);
}

}  // namespace
}  // namespace stoker::workers
