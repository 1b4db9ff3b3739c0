#include "bench/load/latencies.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stoker::bench {
namespace {
using std::chrono::milliseconds;

TEST(Latencies, PercentilesAreOnesThatHappened) {
    Latencies latencies;
    for (int i = 100; i >= 1; --i) latencies.add(milliseconds(i));
    const auto seen = latencies.milliseconds();
    EXPECT_EQ(seen.at("min"), 1.0);
    EXPECT_EQ(seen.at("p50"), 50.0);
    EXPECT_EQ(seen.at("p90"), 90.0);
    EXPECT_EQ(seen.at("p99"), 99.0);
    EXPECT_EQ(seen.at("max"), 100.0);
    EXPECT_EQ(seen.at("mean"), 50.5);
}

TEST(Latencies, OfOneAreAllThatOne) {
    Latencies latencies;
    latencies.add(milliseconds(7));
    const auto seen = latencies.milliseconds();
    for (const char* name : {"min", "p50", "p90", "p99", "max", "mean"}) EXPECT_EQ(seen.at(name), 7.0) << name;
}

TEST(Latencies, OfNoneAreNone) {
    EXPECT_TRUE(Latencies().milliseconds().empty());
}

}  // namespace
}  // namespace stoker::bench
