#include "core/time_zone.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace stoker {
namespace {
constexpr EpochMillis kHour = 3'600'000;

TEST(TimeZone, ReadsNamesShortIdsAndOffsets) {
    const LocalTime noon(2025, 1, 15, 12, 0, 0);
    const EpochMillis noon_utc = (noon - LocalTime(1970, 1, 1)) * 1000;
    const std::vector<std::pair<std::string, EpochMillis>> offsets{
        {"Europe/Berlin", kHour},
        {"America/Argentina/Buenos_Aires", -3 * kHour},
        {"UTC", 0},
        {"GMT", 0},
        {"Z", 0},
        {"Etc/GMT+5", -5 * kHour},
        {"GMT+2", 2 * kHour},
        {"GMT-03:30", -7 * kHour / 2},
        {"GMT+0230", 5 * kHour / 2},
        {"UTC+02:00", 2 * kHour},
        {"PST", -8 * kHour},
        {"IST", 11 * kHour / 2},
        {"EST", -5 * kHour},
        {"JST", 9 * kHour},
    };
    for (const auto& [id, offset] : offsets) {
        EXPECT_EQ(TimeZone::parse(id).moment_of(noon), noon_utc - offset) << id;
        EXPECT_EQ(TimeZone::parse(id).local_time(noon_utc - offset), noon) << id;
    }
}

TEST(TimeZone, RefusesWhatItDoesNotKnowByName) {
    for (const std::string id : {"Mars/Phobos", "", "europe/berlin", "GMT+24", "GMT+", "../../etc/passwd",
                                 "/usr/share/zoneinfo/UTC", "Europe", "Europe//Berlin", "Europe/Berlin/", "posix/UTC",
                                 "right/UTC", "zone.tab", "Fixed/UTC+01:00:00", "libc:localtime"}) {
        try {
            TimeZone::parse(id);
            ADD_FAILURE() << id;
        } catch (const std::invalid_argument& refusal) {
            EXPECT_EQ(refusal.what(), "\"" + id + "\" is not a known time zone; examples: Europe/Berlin, UTC, GMT+2.");
        }
    }
    EXPECT_THROW(TimeZone::parse(std::string("UTC\0", 4)), std::invalid_argument);
    EXPECT_THROW(TimeZone::parse(std::string(100'000, 'A')), std::invalid_argument);
}

TEST(TimeZone, TellsSkippedTimesAndTakesTheLaterOfTwo) {
    const TimeZone berlin = TimeZone::parse("Europe/Berlin");
    EXPECT_EQ(berlin.moment_of(LocalTime(2025, 3, 30, 2, 30, 0)), std::nullopt);
    EXPECT_EQ(berlin.after_gap(LocalTime(2025, 3, 30, 2, 30, 0)), LocalTime(2025, 3, 30, 3, 0, 0));
    EXPECT_EQ(berlin.moment_of(LocalTime(2025, 10, 26, 2, 30, 0)),
              (LocalTime(2025, 10, 26, 1, 30, 0) - LocalTime(1970, 1, 1)) * 1000);
}

TEST(TimeZone, MomentsBetweenSecondsAndBeforeTheEpochAreRoundedDown) {
    EXPECT_EQ(TimeZone::parse("UTC").local_time(-1), LocalTime(1969, 12, 31, 23, 59, 59));
    EXPECT_EQ(TimeZone::parse("UTC").local_time(1999), LocalTime(1970, 1, 1, 0, 0, 1));
}

}  // namespace
}  // namespace stoker
