#include "core/time_text.h"

#include <chrono>

#include <spdlog/fmt/fmt.h>

namespace stoker {

std::optional<std::string> time_argument(EpochMillis time, std::string_view argument) {
    namespace chr = std::chrono;
    const chr::sys_time<chr::milliseconds> at{chr::milliseconds(time)};
    const auto midnight = chr::floor<chr::days>(at);
    const chr::year_month_day date(midnight);
    const chr::hh_mm_ss clock(at - midnight);
    const unsigned weekday = chr::weekday(midnight).iso_encoding();
    const int year = static_cast<int>(date.year());
    const unsigned month = static_cast<unsigned>(date.month());
    const unsigned day = static_cast<unsigned>(date.day());
    const std::string iso_date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
    if (argument == "iso_date") return iso_date;
    if (argument == "iso_datetime")
        return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", iso_date, clock.hours().count(), clock.minutes().count(),
                           clock.seconds().count(), clock.subseconds().count());
    if (argument == "iso_weekday") return std::to_string(weekday);
    if (argument == "is_weekday") return weekday <= 5 ? "true" : "false";
    if (argument == "year") return std::to_string(year);
    if (argument == "month") return std::to_string(month);
    if (argument == "day") return std::to_string(day);
    if (argument == "hour") return std::to_string(clock.hours().count());
    if (argument == "minute") return std::to_string(clock.minutes().count());
    if (argument == "second") return std::to_string(clock.seconds().count());
    if (argument == "timestamp_ms" || argument == "epoch_ms") return std::to_string(time);
    return std::nullopt;
}

}  // namespace stoker
