#include "bench/load/latencies.h"

#include <algorithm>
#include <numeric>

#include <nlohmann/json.hpp>

namespace stoker::bench {

nlohmann::json Latencies::milliseconds() const {
    if (all_.empty()) return nlohmann::json::object();
    std::vector<Duration> sorted = all_;
    std::ranges::sort(sorted);
    auto in_milliseconds = [](Duration latency) { return std::chrono::duration<double, std::milli>(latency).count(); };
    // The nearest-rank percentile: the smallest latency that `share` of all are not above.
    auto percentile = [&](double share) {
        const double rank = share * static_cast<double>(sorted.size());
        const auto above = static_cast<std::size_t>(rank);
        const std::size_t index = static_cast<double>(above) == rank && above > 0 ? above - 1 : above;
        return in_milliseconds(sorted[std::min(index, sorted.size() - 1)]);
    };
    const Duration sum = std::accumulate(sorted.begin(), sorted.end(), Duration{});
    return {{"min", in_milliseconds(sorted.front())},
            {"p50", percentile(0.50)},
            {"p90", percentile(0.90)},
            {"p99", percentile(0.99)},
            {"max", in_milliseconds(sorted.back())},
            {"mean", in_milliseconds(sum) / static_cast<double>(sorted.size())}};
}

}  // namespace stoker::bench
