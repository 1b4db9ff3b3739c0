#include "core/run_state.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {
using enum LifeCycleState;

constexpr LifeCycleState kAll[] = {kQueued,      kPending,    kBlocked, kRunning,      kWaitingForRetry,
                                   kTerminating, kTerminated, kSkipped, kInternalError};

TEST(RunState, NamesReadBack) {
    for (LifeCycleState state : kAll) EXPECT_EQ(parse_life_cycle_state(wire_name(state)), state);
    for (int i = 0; i <= static_cast<int>(ResultState::kDisabled); ++i)
        EXPECT_EQ(parse_result_state(wire_name(static_cast<ResultState>(i))), static_cast<ResultState>(i));
    EXPECT_EQ(parse_life_cycle_state("DONE"), std::nullopt);
    EXPECT_EQ(parse_result_state(""), std::nullopt);
}

TEST(RunState, NothingFollowsATerminalState) {
    for (LifeCycleState from : {kTerminated, kSkipped, kInternalError}) {
        EXPECT_TRUE(is_terminal(from));
        EXPECT_EQ(status_state(from), "TERMINATED");
        for (LifeCycleState to : kAll) EXPECT_FALSE(may_become(from, to));
    }
}

TEST(RunState, EveryOtherStateMayEnd) {
    for (LifeCycleState from : kAll) {
        if (is_terminal(from)) continue;
        EXPECT_TRUE(may_become(from, kTerminated));
        EXPECT_TRUE(may_become(from, kInternalError));
        EXPECT_FALSE(may_become(from, from));
    }
}

TEST(RunState, AWaitingStateGoesThroughPending) {
    for (LifeCycleState from : {kQueued, kBlocked, kWaitingForRetry}) {
        EXPECT_TRUE(may_become(from, kPending));
        EXPECT_FALSE(may_become(from, kRunning));
    }
    EXPECT_TRUE(may_become(kPending, kRunning));
    EXPECT_EQ(status_state(kWaitingForRetry), "WAITING");
}

}  // namespace
}  // namespace stoker
