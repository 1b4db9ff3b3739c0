// The same answers as Oracle.java's, of this project's code; a refusal is followed by its reason.
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "core/quartz_cron.h"

namespace {
using namespace stoker;

std::string fires(EpochMillis after, int count, const std::string& zone, const std::string& expression) {
    const QuartzCron cron = QuartzCron::parse(expression);
    const TimeZone time_zone = TimeZone::parse(zone);
    std::string text;
    for (int i = 0; i < count; ++i) {
        if (i > 0) text += ' ';
        const auto fire = cron.next_after(after, time_zone);
        if (!fire) return text + "none";
        after = *fire;
        text += std::to_string(after);
    }
    return text;
}

std::string offsets(const std::string& id) {
    constexpr int kWeeks = 5'217;
    const TimeZone zone = TimeZone::parse(id);
    std::string text;
    std::optional<cctz::diff_t> last;
    for (int week = 0; week < kWeeks; ++week) {
        const cctz::civil_second midnight(2000, 1, 1 + 7 * week);
        const EpochMillis moment = (midnight - cctz::civil_second(1970, 1, 1)) * 1000;
        const cctz::diff_t offset = (zone.local_time(moment) - midnight) / 60;
        if (offset == last) continue;
        if (last) text += ' ';
        text += std::to_string(week) + ':' + std::to_string(offset);
        last = offset;
    }
    return text;
}

std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "zone") {
        std::string id;
        words >> id;
        return offsets(id);
    }
    EpochMillis after = 0;
    int count = 0;
    std::string zone, expression;
    words >> after >> count >> zone;
    words.ignore();
    std::getline(words, expression);
    return fires(after, count, zone, expression);
}
}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        try {
            std::cout << answer(line) << '\n';
        } catch (const std::invalid_argument& refusal) {
            std::cout << "refused " << refusal.what() << '\n';
        }
    }
}
