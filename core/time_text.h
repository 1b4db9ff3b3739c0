#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker {

/// A part of a time in UTC, as dynamic value references name them: iso_date, iso_datetime, iso_weekday (1 = Monday),
/// is_weekday, year, month, day, hour, minute, second, timestamp_ms (and epoch_ms). nullopt: no such part.
std::optional<std::string> time_argument(EpochMillis time, std::string_view argument);

}  // namespace stoker
