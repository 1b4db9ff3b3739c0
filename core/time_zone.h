#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "core/ids.h"

namespace stoker {

/// What a clock on the wall shows: a date and a time to the second, without a zone.
using LocalTime = cctz::civil_second;

/// A time zone by its Java id. Rules come from the machine's zone database, with the rule that its file ends in for the
/// years that it does not list. Cheap to copy, thread-safe.
class TimeZone {
  public:
    /// What `java.util.TimeZone.getTimeZone` knows: names of the zone database (`Europe/Berlin`), its short ids (`PST`)
    /// and `GMT+2`, `GMT-03:30`; beside these `Z` and `UTC+02:00`, as `java.time.ZoneId` does. Throws
    /// std::invalid_argument for any other id, where Java would silently take GMT.
    static TimeZone parse(std::string_view id);

    LocalTime local_time(EpochMillis moment) const;
    /// The moment at which clocks show `local`: the later one when they show it twice, nullopt when they skip it.
    std::optional<EpochMillis> moment_of(const LocalTime& local) const;
    /// What clocks show right after they have skipped `local`.
    LocalTime after_gap(const LocalTime& local) const;

  private:
    explicit TimeZone(cctz::time_zone zone) : zone_(zone) {}

    cctz::time_zone zone_;
};

}  // namespace stoker
