#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "core/clock.h"

namespace stoker::cli {

/// Tells a person on standard error what a start is doing: `Starting Postgres … 1.2 s`. Steps that take no time to
/// speak of print nothing but their line.
class Progress {
  public:
    explicit Progress(const Clock& clock) : clock_(clock) {}
    /// Runs `work` under the title.
    void step(const std::string& title, const std::function<void()>& work) const;

  private:
    const Clock& clock_;
};

}  // namespace stoker::cli
