#include "clusters/sites/slurm_options.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace stoker::clusters {
namespace {

constexpr std::array<std::string_view, 23> kWithValue{
    "begin",       "constraint", "deadline",  "exclude",  "gpus", "gpus-per-node",    "gpus-per-task", "gres",
    "hint",        "licenses",   "mcs-label", "nodelist", "nice", "prefer",           "priority",      "qos",
    "reservation", "switches",   "time",      "time-min", "tmp",  "threads-per-core", "wckey"};
constexpr std::array<std::string_view, 2> kWithout{"exclusive", "oversubscribe"};

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view signs) {
    return std::ranges::all_of(text, [&](char c) { return is_letter_or_digit(c) || signs.find(c) != signs.npos; });
}

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string known_options() {
    std::string known;
    for (std::string_view name : kWithValue) known += "--" + std::string(name) + ", ";
    return known + "--exclusive and --oversubscribe";
}

void check(std::string_view option) {
    const std::string shown = "'" + std::string(option) + "'";
    if (!option.starts_with("--")) throw std::invalid_argument("expected --name=value, got " + shown + ".");
    const std::string_view text = option.substr(2);
    const auto equals = text.find('=');
    if (equals == text.npos) {
        if (contains(kWithValue, text)) throw std::invalid_argument(shown + " needs a value: --name=value.");
        if (contains(kWithout, text)) return;
    } else if (contains(kWithValue, text.substr(0, equals))) {
        const std::string_view value = text.substr(equals + 1);
        if (value.empty() || !consists_of(value, "_-.,:+@[]()&|*/=")) {
            throw std::invalid_argument("the value of " + shown +
                                        " is empty or has characters that Slurm does not need.");
        }
        return;
    }
    throw std::invalid_argument(shown + " is not among the options that may be passed on: " + known_options() + ".");
}

}  // namespace

bool is_slurm_name(std::string_view text) {
    return !text.empty() && text.size() <= 256 && text.front() != '-' && consists_of(text, "_-.,");
}

std::vector<std::string> parse_slurm_options(std::string_view text) {
    std::vector<std::string> options;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (text.empty()) return options;
        const std::string_view option = text.substr(0, text.find(' '));
        check(option);
        options.emplace_back(option);
        text.remove_prefix(option.size());
    }
}

}  // namespace stoker::clusters
