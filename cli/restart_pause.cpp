#include "cli/restart_pause.h"

#include <algorithm>

namespace stoker::cli {
namespace {
constexpr std::chrono::seconds kShortest{1};
constexpr std::chrono::seconds kLongest{30};
constexpr std::chrono::minutes kLongLife{1};
}  // namespace

std::chrono::seconds RestartPause::after(std::chrono::steady_clock::duration lifetime) {
    const auto pause = lifetime >= kLongLife ? kShortest : next_;
    next_ = std::min(pause * 2, kLongest);
    return pause;
}

}  // namespace stoker::cli
