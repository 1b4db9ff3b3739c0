#include "cli/restart_pause.h"

#include <vector>

#include <gtest/gtest.h>

namespace stoker::cli {
namespace {
using namespace std::chrono_literals;

TEST(RestartPause, GrowsWhileTheProcessEndsEarlyAndBeginsAnewAfterALongLife) {
    RestartPause pause;
    std::vector<std::chrono::seconds> early;
    for (int i = 0; i < 7; ++i) early.push_back(pause.after(2s));
    EXPECT_EQ(early, (std::vector<std::chrono::seconds>{1s, 2s, 4s, 8s, 16s, 30s, 30s}));
    EXPECT_EQ(pause.after(1h), 1s);
    EXPECT_EQ(pause.after(0s), 2s);
}

}  // namespace
}  // namespace stoker::cli
