#pragma once
#include <chrono>
#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace stoker::bench {

/// Every latency is kept, so that a percentile is one that happened.
class Latencies {
  public:
    using Duration = std::chrono::steady_clock::duration;

    void add(Duration latency) { all_.push_back(latency); }
    std::size_t size() const { return all_.size(); }
    /// {"min","p50","p90","p99","max","mean"} in milliseconds; empty when there are none.
    nlohmann::json milliseconds() const;

  private:
    std::vector<Duration> all_;
};

}  // namespace stoker::bench
