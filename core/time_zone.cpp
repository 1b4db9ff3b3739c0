#include "core/time_zone.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace stoker {
namespace {
using std::chrono::seconds;

constexpr std::size_t kLongestName = 64;
/// Java's three-letter ids that the zone database has no file of. (EST, MST and HST are zones there, too.)
constexpr std::array kShortIds = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
});

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
int number(std::string_view digits) {
    int value = 0;
    for (char digit : digits) value = value * 10 + (digit - '0');
    return value;
}

/// h, hh, hmm, hhmm, h:mm or hh:mm.
std::optional<seconds> offset_of(std::string_view text) {
    std::string_view hours = text, minutes;
    if (const auto colon = text.find(':'); colon != text.npos) {
        hours = text.substr(0, colon);
        minutes = text.substr(colon + 1);
        if (minutes.size() != 2) return std::nullopt;
    } else if (text.size() > 2) {
        hours = text.substr(0, text.size() - 2);
        minutes = text.substr(text.size() - 2);
    }
    const auto is_number = [](std::string_view part) { return std::all_of(part.begin(), part.end(), is_digit); };
    if (hours.empty() || hours.size() > 2 || !is_number(hours) || !is_number(minutes)) return std::nullopt;
    if (number(hours) > 23 || number(minutes) > 59) return std::nullopt;
    return std::chrono::hours(number(hours)) + std::chrono::minutes(number(minutes));
}

/// `GMT+2`, `UTC-03:30`, `UT`, `Z` and their like; these need no zone database.
std::optional<cctz::time_zone> fixed_zone(std::string_view id) {
    if (id == "Z") return cctz::utc_time_zone();
    for (std::string_view prefix : {"GMT", "UTC", "UT"}) {
        if (!id.starts_with(prefix)) continue;
        const std::string_view rest = id.substr(prefix.size());
        if (rest.empty()) return cctz::utc_time_zone();
        if (rest[0] != '+' && rest[0] != '-') continue;
        if (const auto offset = offset_of(rest.substr(1)))
            return cctz::fixed_time_zone(rest[0] == '-' ? -*offset : *offset);
    }
    return std::nullopt;
}

/// Whether a zone could be called so: nothing that leads out of the database's folder, and one spelling for a file.
bool is_zone_name(std::string_view name) {
    // What machines keep beside the zones: local settings, and zones that count leap seconds.
    if (name.starts_with("posix") || name.starts_with("right/") || name == "localtime" || name == "Factory")
        return false;
    const auto may_be_part = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '+'; };
    char before = '/';
    for (char c : name) {
        if (before == '/' ? !is_letter(c) : !may_be_part(c) && c != '/') return false;
        before = c;
    }
    return before != '/' && name.size() <= kLongestName;
}

/// Looked at before cctz is asked, which remembers every name that it was ever asked for.
bool is_in_zone_database(const std::string& name) {
    const char* folder = std::getenv("TZDIR");
    const std::filesystem::path path = std::filesystem::path(folder ? folder : "/usr/share/zoneinfo") / name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::array<char, 4> magic{};
    std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
    return std::string_view(magic.data(), magic.size()) == "TZif";
}

std::chrono::sys_time<seconds> whole_seconds(EpochMillis moment) {
    return std::chrono::floor<seconds>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(moment)));
}
EpochMillis millis(const cctz::time_point<seconds>& moment) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
}
}  // namespace

TimeZone TimeZone::parse(std::string_view id) {
    if (const auto fixed = fixed_zone(id)) return TimeZone(*fixed);
    const auto* short_id =
        std::find_if(kShortIds.begin(), kShortIds.end(), [id](const auto& row) { return row.first == id; });
    const std::string name(short_id == kShortIds.end() ? id : short_id->second);
    cctz::time_zone zone;
    if (!is_zone_name(name) || !is_in_zone_database(name) || !cctz::load_time_zone(name, &zone))
        throw std::invalid_argument((id.size() > kLongestName ? "This" : "\"" + std::string(id) + "\"") +
                                    " is not a known time zone; examples: Europe/Berlin, UTC, GMT+2.");
    return TimeZone(zone);
}

LocalTime TimeZone::local_time(EpochMillis moment) const {
    return zone_.lookup(whole_seconds(moment)).cs;
}

std::optional<EpochMillis> TimeZone::moment_of(const LocalTime& local) const {
    const auto found = zone_.lookup(local);
    if (found.kind == cctz::time_zone::civil_lookup::SKIPPED) return std::nullopt;
    return millis(found.post);
}

LocalTime TimeZone::after_gap(const LocalTime& local) const {
    return zone_.lookup(zone_.lookup(local).trans).cs;
}

}  // namespace stoker
