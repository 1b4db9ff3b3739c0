#include "api/http/prefer.h"

#include <algorithm>
#include <charconv>

namespace stoker::api {
namespace {
std::optional<std::chrono::seconds> wait_of(std::string_view preference) {
    preference = preference.substr(0, preference.find(';'));  // parameters of the preference say nothing to us
    const std::size_t equals = preference.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(trimmed(preference.substr(0, equals)), "wait"))
        return std::nullopt;
    std::string_view value = trimmed(preference.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    unsigned seconds = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (value.empty() || end != value.data() + value.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) return std::chrono::seconds::max();
    return std::chrono::seconds(seconds);
}
}  // namespace

std::optional<std::chrono::seconds> preferred_wait(const Headers& headers, std::chrono::seconds cap) {
    for (std::string_view field : headers.get_all("Prefer")) {
        while (!field.empty()) {
            const std::size_t comma = field.find(',');
            if (auto wait = wait_of(field.substr(0, comma))) return std::min(*wait, cap);
            field.remove_prefix(comma == std::string_view::npos ? field.size() : comma + 1);
        }
    }
    return std::nullopt;
}

}  // namespace stoker::api
