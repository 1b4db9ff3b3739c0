#pragma once
#include "core/clock.h"

namespace stoker::test {

/// Stands still until it is told to go on.
class ManualClock : public Clock {
  public:
    Wall now() const override { return wall_; }
    Monotonic monotonic() const override { return monotonic_; }
    void advance(std::chrono::milliseconds by) {
        wall_ += by;
        monotonic_ += by;
    }

  private:
    Wall wall_{std::chrono::milliseconds(1'800'000'000'000)};
    Monotonic monotonic_{std::chrono::hours(1)};
};

}  // namespace stoker::test
