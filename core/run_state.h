#pragma once
#include <optional>
#include <string_view>

namespace stoker {

/// The reference's `state.life_cycle_state`; the column of the same name holds the wire name.
enum class LifeCycleState {
    kQueued,
    kPending,
    kBlocked,
    kRunning,
    kWaitingForRetry,
    kTerminating,
    kTerminated,
    kSkipped,
    kInternalError,
};
enum class ResultState {
    kSuccess,
    kFailed,
    kTimedout,
    kCanceled,
    kMaximumConcurrentRunsReached,
    kExcluded,
    kSuccessWithFailures,
    kUpstreamFailed,
    kUpstreamCanceled,
    kDisabled,
};

std::string_view wire_name(LifeCycleState state);
std::string_view wire_name(ResultState state);
std::optional<LifeCycleState> parse_life_cycle_state(std::string_view name);
std::optional<ResultState> parse_result_state(std::string_view name);

bool is_terminal(LifeCycleState state);
/// Whether the reference's transitions allow `from` → `to`; a terminal state allows none.
bool may_become(LifeCycleState from, LifeCycleState to);
/// The newer `status.state` for an old `life_cycle_state`.
std::string_view status_state(LifeCycleState state);

}  // namespace stoker
