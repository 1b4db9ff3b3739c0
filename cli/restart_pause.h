#pragma once
#include <chrono>

namespace stoker::cli {

/// How long to wait before a process that has ended is started again: 1 s, doubled up to 30 s for as long as it keeps
/// ending early, and 1 s again after one that lived a minute.
class RestartPause {
  public:
    std::chrono::seconds after(std::chrono::steady_clock::duration lifetime);

  private:
    std::chrono::seconds next_{1};
};

}  // namespace stoker::cli
