#include "core/clock.h"

namespace stoker {
namespace {
class SystemClock final : public Clock {
  public:
    Wall now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};
}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace stoker
