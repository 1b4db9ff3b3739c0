#include "api/wire/triggers.h"

#include <array>
#include <stdexcept>

#include "api/schema/check.h"
#include "core/periodic_interval.h"
#include "core/quartz_cron.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

bool is_paused(const JsonReader& trigger) {
    return trigger.optional_string("pause_status").value_or("") == "PAUSED";
}

std::string definition_of(const JsonReader& part) {
    Json definition = part.json();
    definition.erase("pause_status");
    return definition.dump();
}

db::NewTrigger parse_schedule(const JsonReader& schedule, EpochMillis now) {
    db::NewTrigger trigger{"SCHEDULE", definition_of(schedule), is_paused(schedule), std::nullopt};
    std::optional<TimeZone> zone;
    try {
        zone = TimeZone::parse(schedule.string("timezone_id"));
    } catch (const std::invalid_argument& error) {
        schedule.refuse("timezone_id", error.what());
    }
    try {
        trigger.next_time = QuartzCron::parse(schedule.string("quartz_cron_expression")).next_after(now, *zone);
    } catch (const std::invalid_argument& error) {
        schedule.refuse("quartz_cron_expression", error.what());
    }
    if (!trigger.next_time) schedule.refuse("quartz_cron_expression", "never fires again.");
    return trigger;
}

db::NewTrigger parse_file_arrival(const JsonReader& arrival, bool paused, EpochMillis now) {
    const std::string url = arrival.string("url");
    if (!url.starts_with("dbfs:/") && !url.starts_with("/dbfs/") && !url.starts_with("/Volumes/"))
        arrival.refuse("url",
                       "expected a folder of DBFS (dbfs:/…, /dbfs/… or /Volumes/…), got '" + url.substr(0, 200) + "'.");
    return {"FILE_ARRIVAL", definition_of(arrival), paused, now};
}

db::NewTrigger parse_kinds(const JsonReader& trigger, EpochMillis now) {
    const auto periodic = trigger.optional_object("periodic");
    const auto file_arrival = trigger.optional_object("file_arrival");
    if (periodic && file_arrival) trigger.refuse("file_arrival", "cannot be combined with periodic.");
    const bool paused = is_paused(trigger);
    if (file_arrival) return parse_file_arrival(*file_arrival, paused, now);
    if (!periodic) trigger.refuse("periodic", "the field is required: a trigger is periodic or file_arrival.");
    const auto interval = periodic_interval(periodic->integer("interval"), periodic->string("unit"));
    return {"PERIODIC", definition_of(*periodic), paused, now + interval.count()};
}
}  // namespace

std::optional<db::NewTrigger> parse_trigger(const JsonReader& settings, EpochMillis now) {
    const std::array<std::string_view, 3> fields{"schedule", "trigger", "continuous"};
    std::string_view found;
    for (std::string_view field : fields) {
        if (!settings.has(field)) continue;
        if (!found.empty()) settings.refuse(field, "cannot be combined with " + std::string(found) + ".");
        found = field;
    }
    if (found.empty()) return std::nullopt;
    const JsonReader part = settings.object(found);
    if (found == "schedule") return parse_schedule(part, now);
    if (found == "trigger") return parse_kinds(part, now);
    return db::NewTrigger{"CONTINUOUS", definition_of(part), is_paused(part), now};
}

}  // namespace stoker::api
