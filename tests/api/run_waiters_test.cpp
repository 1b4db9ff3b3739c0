#include "api/run_waiters.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace stoker::api {
namespace {
constexpr auto kLong = std::chrono::hours(1);

struct RunWaitersTest : testing::Test {
    boost::asio::io_context io;
    RunWaiters waiters{io.get_executor(), kLong};

    /// What one look for a change says, once `io` has nothing more to do; nullopt = it still sleeps.
    struct Look {
        std::unique_ptr<RunWaiters::Waiter> waiter;
        std::optional<bool> again;
    };
    void look(Look& look) {
        boost::asio::co_spawn(io, look.waiter->changed(), [&](std::exception_ptr, bool again) { look.again = again; });
        step();
    }
    void step() {
        io.restart();
        io.poll();
    }
};

TEST_F(RunWaitersTest, OnlyTheNamedRunIsWoken) {
    Look seven{waiters.enter(RunId{7}, kLong, nullptr), {}};
    Look eight{waiters.enter(RunId{8}, kLong, nullptr), {}};
    look(seven);
    look(eight);
    waiters.wake({"1", "7"});
    step();
    EXPECT_EQ(seven.again, true);
    EXPECT_EQ(eight.again, std::nullopt);
    waiters.stop();
    step();
    EXPECT_EQ(eight.again, false);
}

TEST_F(RunWaitersTest, AnEndBetweenEnterAndSleepIsNotMissed) {
    Look one{waiters.enter(RunId{7}, kLong, nullptr), {}};
    waiters.wake({"7"});
    look(one);
    EXPECT_EQ(one.again, true);
    waiters.stop();
}

TEST_F(RunWaitersTest, TimeRunsOut) {
    Look one{waiters.enter(RunId{7}, std::chrono::milliseconds(0), nullptr), {}};
    boost::asio::co_spawn(io, one.waiter->changed(), [&](std::exception_ptr, bool again) {
        one.again = again;
        waiters.stop();
    });
    io.run();
    EXPECT_EQ(one.again, false);
}

TEST_F(RunWaitersTest, AClientThatLeavesFreesItsWaiter) {
    auto client = std::make_shared<ClientPresence>();
    Look one{waiters.enter(RunId{7}, kLong, client), {}};
    look(one);
    client->gone = true;
    client->on_gone();
    step();
    EXPECT_EQ(one.again, false);
    one.waiter.reset();
    EXPECT_EQ(waiters.size(), 0u);
    EXPECT_EQ(client->on_gone, nullptr);
}

TEST_F(RunWaitersTest, TheSweepLetsEveryoneLookAgain) {
    RunWaiters swept(io.get_executor(), std::chrono::milliseconds(1));
    Look one{swept.enter(RunId{7}, kLong, nullptr), {}};
    boost::asio::co_spawn(io, one.waiter->changed(), [&](std::exception_ptr, bool again) {
        one.again = again;
        one.waiter.reset();
    });
    io.run();
    EXPECT_EQ(one.again, true);
}
}  // namespace
}  // namespace stoker::api
