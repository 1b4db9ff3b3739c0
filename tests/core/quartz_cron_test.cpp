#include "core/quartz_cron.h"

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace stoker {
namespace {
EpochMillis moment(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
    return (LocalTime(year, month, day, hour, minute, second) - LocalTime(1970, 1, 1)) * 1000;
}
/// Local time and the hours that it is ahead of UTC.
std::string shown(EpochMillis fire, const TimeZone& zone) {
    const LocalTime local = zone.local_time(fire);
    std::ostringstream text;
    text << local << '+' << (local - TimeZone::parse("UTC").local_time(fire)) / 3600;
    return text.str();
}
using Fires = std::vector<std::string>;
Fires fires(const std::string& expression, EpochMillis after, const std::string& zone_id, int count) {
    const QuartzCron cron = QuartzCron::parse(expression);
    const TimeZone zone = TimeZone::parse(zone_id);
    Fires all;
    while (count-- > 0) {
        const auto fire = cron.next_after(after, zone);
        all.push_back(fire ? shown(*fire, zone) : "none");
        if (!fire) break;
        after = *fire;
    }
    return all;
}
std::string refusal(const std::string& expression) {
    try {
        QuartzCron::parse(expression);
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

TEST(QuartzCron, FiresAtWholeSecondsAfterTheMoment) {
    const QuartzCron cron = QuartzCron::parse("*/10 * * * * ?");
    const TimeZone utc = TimeZone::parse("UTC");
    EXPECT_EQ(cron.next_after(moment(2026, 1, 1), utc), moment(2026, 1, 1, 0, 0, 10));
    EXPECT_EQ(cron.next_after(moment(2026, 1, 1) - 1, utc), moment(2026, 1, 1));
    EXPECT_EQ(cron.next_after(moment(2026, 1, 1) + 1, utc), moment(2026, 1, 1, 0, 0, 10));
}

TEST(QuartzCron, ALocalTimeThatClocksSkipDoesNotFire) {
    EXPECT_EQ(
        fires("0 30 2 * * ?", moment(2025, 3, 28), "Europe/Berlin", 4),
        (Fires{"2025-03-28T02:30:00+1", "2025-03-29T02:30:00+1", "2025-03-31T02:30:00+2", "2025-04-01T02:30:00+2"}));
    EXPECT_EQ(fires("0 0 * * * ?", moment(2025, 3, 30, 0, 0), "Europe/Berlin", 2),
              (Fires{"2025-03-30T03:00:00+2", "2025-03-30T04:00:00+2"}));
}

TEST(QuartzCron, ALocalTimeThatClocksShowTwiceFiresTheSecondTime) {
    EXPECT_EQ(fires("0 30 2 * * ?", moment(2025, 10, 25, 12), "Europe/Berlin", 2),
              (Fires{"2025-10-26T02:30:00+1", "2025-10-27T02:30:00+1"}));
    EXPECT_EQ(fires("0 0/30 * * * ?", moment(2025, 10, 25, 23, 0), "Europe/Berlin", 3),
              (Fires{"2025-10-26T01:30:00+2", "2025-10-26T02:00:00+1", "2025-10-26T02:30:00+1"}));
    // Asked in the first of the two hours, it does not go back.
    EXPECT_EQ(fires("0 10 * * * ?", moment(2025, 10, 26, 0, 30), "Europe/Berlin", 1), (Fires{"2025-10-26T03:10:00+1"}));
}

TEST(QuartzCron, DaylightSavingGoesOnAfterTheYearsThatTheZoneFileLists) {
    EXPECT_EQ(fires("0 0 12 1 7 ? 2090", 0, "Europe/Berlin", 2), (Fires{"2090-07-01T12:00:00+2", "none"}));
}

struct DayCase {
    std::string day_of_month, day_of_week;
    std::vector<int> days;  // of those months of 2024: January, February, June
};
class QuartzCronDays : public testing::TestWithParam<DayCase> {};

TEST_P(QuartzCronDays, AreThoseOfTheMonth) {
    const auto& [day_of_month, day_of_week, days] = GetParam();
    const QuartzCron cron = QuartzCron::parse("0 0 0 " + day_of_month + " 1,2,6 " + day_of_week + " 2024");
    std::vector<int> fired;
    EpochMillis after = 0;
    while (const auto fire = cron.next_after(after, TimeZone::parse("UTC"))) {
        fired.push_back(TimeZone::parse("UTC").local_time(*fire).day());
        after = *fire;
    }
    EXPECT_EQ(fired, days);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, QuartzCronDays,
    testing::Values(DayCase{"30", "?", {30, 30}}, DayCase{"L", "?", {31, 29, 30}}, DayCase{"L-2", "?", {29, 27, 28}},
                    DayCase{"LW", "?", {31, 29, 28}}, DayCase{"L-1W", "?", {30, 28, 28}}, DayCase{"1W", "?", {1, 1, 3}},
                    DayCase{"6W", "?", {5, 6, 6}}, DayCase{"30-2", "?", {1, 2, 30, 31, 1, 2, 1, 2, 30}},
                    DayCase{"10/10", "?", {10, 20, 30, 10, 20, 10, 20, 30}}, DayCase{"?", "MON#5", {29}},
                    DayCase{"?", "5#5", {29}}, DayCase{"?", "6L", {26, 23, 28}}, DayCase{"?", "fril", {26, 23, 28}},
                    DayCase{"?", "L", {6, 13, 20, 27, 3, 10, 17, 24, 1, 8, 15, 22, 29}},
                    DayCase{"?", "SAT-SUN/9", {6,  7,  13, 14, 20, 21, 27, 28, 3,  4,  10, 11, 17,
                                               18, 24, 25, 1,  2,  8,  9,  15, 16, 22, 23, 29, 30}}));

TEST(QuartzCron, WhatNeverFiresIsToldAtOnce) {
    for (const char* expression : {"0 0 0 30 2 ?", "0 0 0 ? 2 MON#5 2023", "0 0 0 1 1 ? 1970", "0 0 0 31 4,6,9,11 ?",
                                   "0 30 2 ? 3 1L 2000-2099"}) {
        // In Berlin clocks skip 2:30 on the last Sunday of March.
        EXPECT_EQ(fires(expression, moment(2023, 6, 1), "Europe/Berlin", 1), Fires{"none"}) << expression;
    }
}

TEST(QuartzCron, MomentsFarAwayAreNoTrouble) {
    const QuartzCron cron = QuartzCron::parse("0 0 0 1 1 ?");
    const TimeZone zone = TimeZone::parse("Pacific/Kiritimati");
    EXPECT_EQ(cron.next_after(INT64_MIN, zone), moment(1970, 1, 1, 10, 40));
    EXPECT_EQ(cron.next_after(INT64_MAX, zone), std::nullopt);
    EXPECT_EQ(cron.next_after(moment(2099, 6, 1), zone), std::nullopt);
}

TEST(QuartzCron, RefusalsNameTheFieldAndSayWhatIsWrong) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "6 or 7 fields are needed (seconds minutes hours day-of-month month day-of-week [year]), not 0."},
        {"*/5 * * * *",
         "6 or 7 fields are needed (seconds minutes hours day-of-month month day-of-week [year]), not 5."},
        {"60 * * * * ?", "seconds: 60 is not between 0 and 59."},
        {"0 x * * * ?", "minutes: \"X\" is not a number."},
        {"0 */0x * * * ?", "minutes: \"*/0X\" is not understood."},
        {"0 0/60 * * * ?", "minutes: \"0/60\": the step can be 59 at most."},
        {"0 0 -1 * * ?", "hours: \"-1\" is not understood."},
        {"0 0 9999999999 * * ?", "hours: \"9999999999\": the number is too large."},
        {"0 0 0 0 * ?", "day-of-month: 0 is not between 1 and 31."},
        {"0 0 0 L,15 * ?", "day-of-month: L cannot stand in a list."},
        {"0 0 0 L-31 * ?", "day-of-month: L-30 is the most that can be."},
        {"0 0 0 1 FOO ?", "month: \"FOO\": use JAN to DEC."},
        {"0 0 0 1 L ?", "month: L is for day-of-month and day-of-week."},
        {"0 0 0 1 5L ?", "month: \"5L\": L can follow a day of the week only."},
        {"0 0 0 1 ? ?", "month: ? is for day-of-month and day-of-week."},
        {"0 0 0 ? * 8", "day-of-week: 8 is not between 1 and 7 (SUN to SAT)."},
        {"0 0 0 ? * MON-", "day-of-week: \"MON-\": use SUN to SAT."},
        {"0 0 0 ? * 2#6", "day-of-week: \"2#6\": a number from 1 to 5 must follow #."},
        {"0 0 0 ? * 2W", "day-of-week: \"2W\": W is for day-of-month."},
        {"0 0 0 * * *", "day-of-week: one of day-of-month and day-of-week must be ?."},
        {"0 0 0 ? * ?", "day-of-week: ? stands in day-of-month already; one of the two must be given."},
        {"0 0 0 * * ? 1969", "year: 1969 is not between 1970 and 2099."},
        {"0 0 0 * * ? 2030-2020", "year: \"2030-2020\" ends before it begins."},
        {", 0 0 * * ?", "seconds: names no value."},
        {std::string(2001, '*'), "more than 2000 characters."},
    };
    for (const auto& [expression, message] : cases) EXPECT_EQ(refusal(expression), message) << expression;
}

}  // namespace
}  // namespace stoker
