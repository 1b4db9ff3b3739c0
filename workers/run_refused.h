#pragma once
#include <stdexcept>

#include "workers/outcome.h"

namespace stoker::workers {

/// Ends a task run before its user code begins.
class RunRefused : public std::runtime_error {
  public:
    explicit RunRefused(Refusal refusal) : std::runtime_error(refusal.message), refusal_(std::move(refusal)) {}
    const Refusal& refusal() const { return refusal_; }

  private:
    Refusal refusal_;
};

}  // namespace stoker::workers
