#pragma once
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace stoker {

/// Of a periodic trigger: MINUTES, HOURS, DAYS (24 hours) or WEEKS. Throws std::invalid_argument for another unit.
inline std::chrono::milliseconds periodic_interval(std::int64_t interval, std::string_view unit) {
    using std::chrono::hours;
    if (unit == "MINUTES") return std::chrono::minutes(interval);
    if (unit == "HOURS") return hours(interval);
    if (unit == "DAYS") return hours(24 * interval);
    if (unit == "WEEKS") return hours(7 * 24 * interval);
    throw std::invalid_argument("no unit of a periodic trigger: " + std::string(unit));
}

}  // namespace stoker
