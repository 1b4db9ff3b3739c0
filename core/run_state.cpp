#include "core/run_state.h"

#include <algorithm>
#include <array>

namespace stoker {
namespace {
struct StateRow {
    std::string_view wire;
    std::string_view status;
};
constexpr std::array<StateRow, 9> kStates{{{"QUEUED", "QUEUED"},
                                           {"PENDING", "PENDING"},
                                           {"BLOCKED", "BLOCKED"},
                                           {"RUNNING", "RUNNING"},
                                           {"WAITING_FOR_RETRY", "WAITING"},
                                           {"TERMINATING", "TERMINATING"},
                                           {"TERMINATED", "TERMINATED"},
                                           {"SKIPPED", "TERMINATED"},
                                           {"INTERNAL_ERROR", "TERMINATED"}}};
constexpr std::array<std::string_view, 10> kResults{"SUCCESS",
                                                    "FAILED",
                                                    "TIMEDOUT",
                                                    "CANCELED",
                                                    "MAXIMUM_CONCURRENT_RUNS_REACHED",
                                                    "EXCLUDED",
                                                    "SUCCESS_WITH_FAILURES",
                                                    "UPSTREAM_FAILED",
                                                    "UPSTREAM_CANCELED",
                                                    "DISABLED"};
}  // namespace

std::string_view wire_name(LifeCycleState state) {
    return kStates.at(static_cast<std::size_t>(state)).wire;
}
std::string_view wire_name(ResultState state) {
    return kResults.at(static_cast<std::size_t>(state));
}
std::string_view status_state(LifeCycleState state) {
    return kStates.at(static_cast<std::size_t>(state)).status;
}

std::optional<LifeCycleState> parse_life_cycle_state(std::string_view name) {
    auto row = std::find_if(kStates.begin(), kStates.end(), [&](const StateRow& r) { return r.wire == name; });
    if (row == kStates.end()) return std::nullopt;
    return static_cast<LifeCycleState>(row - kStates.begin());
}

std::optional<ResultState> parse_result_state(std::string_view name) {
    auto found = std::find(kResults.begin(), kResults.end(), name);
    if (found == kResults.end()) return std::nullopt;
    return static_cast<ResultState>(found - kResults.begin());
}

bool is_terminal(LifeCycleState state) {
    return state == LifeCycleState::kTerminated || state == LifeCycleState::kSkipped ||
           state == LifeCycleState::kInternalError;
}

bool may_become(LifeCycleState from, LifeCycleState to) {
    using enum LifeCycleState;
    if (is_terminal(from) || from == to) return false;
    if (to == kTerminating || is_terminal(to)) return true;
    switch (from) {
        case kQueued:
            return to == kPending;
        case kBlocked:
            return to == kPending;
        case kWaitingForRetry:
            return to == kPending;
        case kPending:
            return to == kRunning;
        case kRunning:
            return to == kPending || to == kWaitingForRetry;  // a claim that ended before user code began
        default:
            return false;
    }
}

}  // namespace stoker
