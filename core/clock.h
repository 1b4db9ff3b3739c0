#pragma once
#include <chrono>

#include "core/ids.h"

namespace stoker {

/// Time, injected from main. Wall time is for what people see; monotonic time is for leases, deadlines and durations.
/// Code outside core/clock.cpp asks no other clock (tests/style_test.py).
class Clock {
  public:
    using Wall = std::chrono::sys_time<std::chrono::milliseconds>;
    using Monotonic = std::chrono::steady_clock::time_point;

    virtual ~Clock() = default;
    virtual Wall now() const = 0;
    virtual Monotonic monotonic() const = 0;

    EpochMillis epoch_millis() const { return now().time_since_epoch().count(); }
};

/// The machine's clocks. Thread-safe, lives as long as the process.
const Clock& system_clock();

}  // namespace stoker
