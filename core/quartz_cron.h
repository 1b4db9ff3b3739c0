#pragma once
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.h"
#include "core/time_zone.h"

namespace stoker {

/// A schedule in the cron syntax of Quartz 2.3: seconds minutes hours day-of-month month day-of-week [year].
///
/// Daylight saving as in Quartz: a local time that clocks skip does not fire. One that they show twice fires once, the
/// second time, so that what fires every minute is silent through the first of the two hours.
///
/// tests/quartz holds it against Quartz itself and names where the two differ.
class QuartzCron {
  public:
    static constexpr int kFirstYear = 1970;
    static constexpr int kLastYear = 2099;

    /// Throws std::invalid_argument; its message names the field and says what is wrong.
    static QuartzCron parse(std::string_view expression);

    /// The first fire after the moment, at a whole second; nullopt when there is none.
    std::optional<EpochMillis> next_after(EpochMillis after, const TimeZone& zone) const;

  private:
    friend class QuartzCronParser;

    /// Which days of a month fire. Each looks at the members named.
    enum class DayRule {
        kDaysOfMonth,     // days_of_month_
        kNearestWeekday,  // of the first of days_of_month_: `15W`
        kLastDay,         // days_before_last_: `L`, `L-3`
        kLastWeekday,     // days_before_last_: `LW`, `L-3W`
        kDaysOfWeek,      // days_of_week_
        kNthDayOfWeek,    // nth_, first of days_of_week_: `FRI#2`
        kLastDayOfWeek,   // first of days_of_week_: `FRIL`
    };
    using Days = std::bitset<32>;  // by day of the month

    Days days_of(int year, int month) const;
    std::optional<cctz::civil_day> first_day(const cctz::civil_day& from) const;
    std::optional<LocalTime> first_time(const LocalTime& from) const;
    std::optional<LocalTime> first_match(const LocalTime& from) const;

    std::bitset<60> seconds_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    Days days_of_month_;
    std::bitset<13> months_;       // by number, from 1
    std::bitset<8> days_of_week_;  // 1 is Sunday
    std::bitset<kLastYear - kFirstYear + 1> years_;
    DayRule day_rule_ = DayRule::kDaysOfMonth;
    int days_before_last_ = 0;
    int nth_ = 0;
};

}  // namespace stoker
