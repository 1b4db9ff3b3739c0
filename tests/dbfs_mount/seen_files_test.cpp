#include "dbfs_mount/seen_files.h"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace stoker::dbfs_mount {
namespace {

TEST(SeenFiles, AreTrustedForASecond) {
    test::ManualClock clock;
    SeenFiles seen(clock);
    seen.put("/a", {.size = 5}, seen.now());
    clock.advance(std::chrono::milliseconds(999));
    EXPECT_EQ(seen.find("/a")->size, 5);
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(seen.find("/a"));
}

TEST(SeenFiles, WhatWasAskedBeforeAChangeIsNotPut) {
    test::ManualClock clock;
    SeenFiles seen(clock);
    const std::uint64_t asked_at = seen.now();
    seen.forget("/a");
    seen.put("/a", {.size = 5}, asked_at);
    EXPECT_FALSE(seen.find("/a"));
    seen.put("/a", {.size = 6}, seen.now());
    EXPECT_EQ(seen.find("/a")->size, 6);
    seen.forget_all();
    EXPECT_FALSE(seen.find("/a"));
}

}  // namespace
}  // namespace stoker::dbfs_mount
