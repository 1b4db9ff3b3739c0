#include "core/quartz_cron.h"

#include <algorithm>
#include <chrono>

namespace stoker {
namespace {
using cctz::civil_day;
using cctz::civil_month;
using cctz::weekday;

// A day more than any zone is away from UTC.
constexpr EpochMillis kBeforeFirstYear = -2 * 86'400'000LL;
constexpr EpochMillis kAfterLastYear = 4'102'617'600'000;  // 2100-01-03

/// The first that is set, from `from` on; nullopt when there is none.
template <std::size_t size>
std::optional<int> next_set(const std::bitset<size>& bits, int from) {
    for (auto i = static_cast<std::size_t>(from); i < size; ++i)
        if (bits[i]) return static_cast<int>(i);
    return std::nullopt;
}
template <std::size_t size>
int first_set(const std::bitset<size>& bits) {
    return next_set(bits, 0).value();  // the parser leaves no field empty
}

int last_day_of(int year, int month) {
    return (civil_day(civil_month(year, month) + 1) - 1).day();
}

/// 1 is Sunday, as Quartz counts.
int day_of_week(const civil_day& day) {
    return (static_cast<int>(cctz::get_weekday(day)) + 1) % 7 + 1;
}
static_assert(static_cast<int>(weekday::monday) == 0 && static_cast<int>(weekday::sunday) == 6);

/// The weekday nearest to a day, in the same month.
int nearest_weekday(int year, int month, int day) {
    constexpr int kSunday = 1, kSaturday = 7;
    const int weekday_number = day_of_week(civil_day(year, month, day));
    if (weekday_number == kSaturday) return day == 1 ? 3 : day - 1;
    if (weekday_number == kSunday) return day == last_day_of(year, month) ? day - 2 : day + 1;
    return day;
}

/// The first day of the month that is that day of the week.
int first_of_month(int year, int month, int wanted) {
    return 1 + (wanted - day_of_week(civil_day(year, month, 1)) + 7) % 7;
}
}  // namespace

QuartzCron::Days QuartzCron::days_of(int year, int month) const {
    const int last = last_day_of(year, month);
    Days days;
    const auto add = [&](int day) {
        if (day >= 1 && day <= last) days.set(static_cast<std::size_t>(day));
    };
    switch (day_rule_) {
        case DayRule::kDaysOfMonth:
            for (int day = 1; day <= last; ++day)
                if (days_of_month_[static_cast<std::size_t>(day)]) add(day);
            break;
        case DayRule::kNearestWeekday:
            if (const int day = first_set(days_of_month_); day <= last) add(nearest_weekday(year, month, day));
            break;
        case DayRule::kLastDay:
            add(last - days_before_last_);
            break;
        case DayRule::kLastWeekday:
            if (const int day = last - days_before_last_; day >= 1) add(nearest_weekday(year, month, day));
            break;
        case DayRule::kDaysOfWeek:
            for (int wanted = 1; wanted <= 7; ++wanted)
                if (days_of_week_[static_cast<std::size_t>(wanted)])
                    for (int day = first_of_month(year, month, wanted); day <= last; day += 7) add(day);
            break;
        case DayRule::kNthDayOfWeek:
            add(first_of_month(year, month, first_set(days_of_week_)) + 7 * (nth_ - 1));
            break;
        case DayRule::kLastDayOfWeek: {
            const int first = first_of_month(year, month, first_set(days_of_week_));
            add(first + (last - first) / 7 * 7);
            break;
        }
    }
    return days;
}

std::optional<civil_day> QuartzCron::first_day(const civil_day& from) const {
    const int first_year = static_cast<int>(std::max<cctz::year_t>(from.year(), kFirstYear));
    for (int year = first_year; year <= kLastYear; ++year) {
        if (!years_[static_cast<std::size_t>(year - kFirstYear)]) continue;
        for (int month = year == from.year() ? from.month() : 1; month <= 12; ++month) {
            if (!months_[static_cast<std::size_t>(month)]) continue;
            const int first = civil_month(year, month) == civil_month(from) ? from.day() : 1;
            if (const auto day = next_set(days_of(year, month), first)) return civil_day(year, month, *day);
        }
    }
    return std::nullopt;
}

/// Later on the same day, or right then.
std::optional<LocalTime> QuartzCron::first_time(const LocalTime& from) const {
    const auto at = [&](int hour, int minute, int second) {
        return LocalTime(from.year(), from.month(), from.day(), hour, minute, second);
    };
    auto hour = next_set(hours_, from.hour());
    if (hour == from.hour()) {
        auto minute = next_set(minutes_, from.minute());
        if (minute == from.minute()) {
            if (const auto second = next_set(seconds_, from.second())) return at(*hour, *minute, *second);
            minute = next_set(minutes_, *minute + 1);
        }
        if (minute) return at(*hour, *minute, first_set(seconds_));
        hour = next_set(hours_, *hour + 1);
    }
    if (!hour) return std::nullopt;
    return at(*hour, first_set(minutes_), first_set(seconds_));
}

std::optional<LocalTime> QuartzCron::first_match(const LocalTime& from) const {
    const civil_day today(from);
    auto day = first_day(today);
    if (day == today) {
        if (const auto match = first_time(from)) return match;
        day = first_day(today + 1);
    }
    if (!day) return std::nullopt;
    return first_time(LocalTime(*day));
}

std::optional<EpochMillis> QuartzCron::next_after(EpochMillis after, const TimeZone& zone) const {
    if (after > kAfterLastYear) return std::nullopt;
    const EpochMillis second_after = std::max(after, kBeforeFirstYear) + 1000;
    auto match = first_match(zone.local_time(second_after));
    while (match) {
        if (const auto moment = zone.moment_of(*match)) return moment;
        match = first_match(zone.after_gap(*match));
    }
    return std::nullopt;
}

}  // namespace stoker
