#include "api/wire/feed_position.h"

#include <gtest/gtest.h>

namespace stoker::api {
namespace {
constexpr RunId kRun{1000};

RunId task(std::int64_t distance) {
    return RunId{1000 + distance};
}

TEST(FeedPosition, RangesOfWhatIsDoneGrowTogether) {
    FeedPosition position(kRun);
    EXPECT_EQ(position.text(), ";");
    for (const int distance : {1, 3, 5, 2, 9, 4, 4}) position.set_done(task(distance));
    EXPECT_EQ(position.text(), "1-5.9;");
    EXPECT_TRUE(position.is_done(task(1)));
    EXPECT_TRUE(position.is_done(task(5)));
    EXPECT_FALSE(position.is_done(task(6)));
    EXPECT_FALSE(position.is_done(task(0)));
    EXPECT_TRUE(position.is_done(task(9)));
}

TEST(FeedPosition, PlacesOfOpenTaskRunsAreKept) {
    FeedPosition position(kRun);
    position.set_done(task(1));
    position.move(task(2), {3, 0, 120});
    position.move(task(7), {0, 2, 0});
    EXPECT_EQ(position.text(), "1;2:3.0.120,7:0.2.0");
    const FeedPosition parsed = FeedPosition::parse(position.text(), kRun);
    EXPECT_EQ(parsed.text(), position.text());
    EXPECT_EQ(parsed.of(task(2)), (OutputPosition{3, 0, 120}));
    EXPECT_EQ(parsed.of(task(3)), OutputPosition{});
    position.set_done(task(2));
    EXPECT_EQ(position.text(), "1-2;7:0.2.0");
}

TEST(FeedPosition, OtherTextsAreRefused) {
    EXPECT_EQ(FeedPosition::parse("", kRun).text(), ";");
    for (const char* text : {"1", "x;", "5-2;", ";1", ";1:2", ";1:2.3", ";1:2.3.4x", "-1;", ";1:9999999.0.0", ";;"})
        EXPECT_THROW(FeedPosition::parse(text, kRun), std::invalid_argument) << text;
}
}  // namespace
}  // namespace stoker::api
