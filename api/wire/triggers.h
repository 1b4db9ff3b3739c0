#pragma once
#include <optional>

#include "core/json_reader.h"
#include "db/trigger_store.h"

namespace stoker::api {

/// `schedule`, `trigger` or `continuous` of a job's settings, of which there may be one. The schema has been checked.
/// `now`: from when on its first fire is reckoned.
std::optional<db::NewTrigger> parse_trigger(const JsonReader& settings, EpochMillis now);

}  // namespace stoker::api
