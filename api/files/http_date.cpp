#include "api/files/http_date.h"

#include <ctime>

namespace stoker::api {
namespace {
constexpr const char* kForm = "%a, %d %b %Y %H:%M:%S GMT";  // the process keeps the C locale, so names are English
}

std::string http_date(EpochMillis time) {
    const std::time_t seconds = time / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, kForm, &parts)};
}

std::optional<EpochMillis> parse_http_date(std::string_view text) {
    std::tm parts{};
    const std::string copy(text);
    const char* end = strptime(copy.c_str(), kForm, &parts);
    if (!end || *end != '\0') return std::nullopt;
    return EpochMillis{timegm(&parts)} * 1000;
}

}  // namespace stoker::api
