#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/quartz_cron.h"

// Accepts what Quartz accepts. It reads an item only as far as it makes sense of it: MONDAY is MON, and of MON-FRI/2
// the step is lost. So it is here, since such schedules are in use.

namespace stoker {
namespace {
constexpr std::size_t kLongestExpression = 2000;
constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDaysOfWeek{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

enum FieldIndex { kSeconds, kMinutes, kHours, kDayOfMonth, kMonth, kDayOfWeek, kYear };
struct Field {
    FieldIndex index;
    std::string_view name;
    int min;
    int max;
    int longest_step;
    std::span<const std::string_view> names;  // of min, min + 1, …
};
constexpr std::array<Field, 7> kFields{{
    {kSeconds, "seconds", 0, 59, 59, {}},
    {kMinutes, "minutes", 0, 59, 59, {}},
    {kHours, "hours", 0, 23, 23, {}},
    {kDayOfMonth, "day-of-month", 1, 31, 31, {}},
    {kMonth, "month", 1, 12, 12, kMonths},
    {kDayOfWeek, "day-of-week", 1, 7, 7, kDaysOfWeek},
    {kYear, "year", QuartzCron::kFirstYear, QuartzCron::kLastYear, 999'999'999, {}},
}};

/// What one field says.
struct FieldValues {
    std::bitset<QuartzCron::kLastYear + 1> set;
    bool unspecified = false;      // ?
    bool last = false;             // L
    bool nearest_weekday = false;  // W
    int days_before_last = 0;      // of L-3
    int nth = 0;                   // of #3
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return c >= 'A' && c <= 'Z';
}
std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

/// The parts between separators; none is empty.
std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == text.npos) return parts;
        text.remove_prefix(begin);
        parts.push_back(text.substr(0, text.find_first_of(separators)));
        text.remove_prefix(parts.back().size());
    }
}

/// L, LW, L-3 or L-3W.
bool begins_at_the_end(std::string_view item) {
    if (item == "L" || item == "LW") return true;
    if (!item.starts_with("L-")) return false;
    item.remove_prefix(2);
    if (item.ends_with('W')) item.remove_suffix(1);
    return std::all_of(item.begin(), item.end(), is_digit);
}

/// Reads one field, item by item; `rest_` is what is left of the present one.
class FieldParser {
  public:
    FieldParser(const Field& field, std::string_view text) : field_(field), text_(text) {}

    FieldValues parse() {
        const bool is_list = text_.find(',') != text_.npos;
        if (is_list && is_day() && text_.find('L') != text_.npos) refuse("L cannot stand in a list.");
        if (field_.index == kDayOfWeek && std::count(text_.begin(), text_.end(), '#') > 1)
            refuse("# can be used only once.");
        for (std::string_view item : split(text_, ",")) {
            item_ = rest_ = item;
            parse_item();
        }
        if (values_.set.none() && !values_.unspecified && !values_.last) refuse("names no value.");
        return values_;
    }

  private:
    void parse_item() {
        if (begins_at_the_end(rest_)) return last_days();
        if (is_letter(rest_[0])) return named();
        if (is_digit(rest_[0])) return numbered();
        if (rest_[0] == '?') return unspecified();
        if (rest_[0] == '*' || rest_[0] == '/') return every();
        refuse(quoted(item_) + " is not understood.");
    }

    void last_days() {
        if (!is_day()) refuse("L is for day-of-month and day-of-week.");
        if (field_.index == kDayOfWeek) return add(field_.max);
        values_.last = true;
        take('L');
        if (take('-')) values_.days_before_last = rest_ == "W" ? 0 : take_number();
        if (values_.days_before_last > 30) refuse("L-30 is the most that can be.");
        values_.nearest_weekday = take('W');
    }

    void named() {
        const int value = take_name();
        if (take('-')) return add_range(value, take_name(), 1);
        if (field_.index == kDayOfWeek && take('#')) values_.nth = take_nth();
        if (field_.index == kDayOfWeek && take('L')) values_.last = true;
        add(value);
    }

    void numbered() {
        const int value = take_number();
        if (take('-')) {
            const int to = take_number();
            return add_range(value, to, take('/') ? take_number() : 1);
        }
        if (take('/')) {
            const std::size_t before = rest_.size();
            const int step = take_number();
            if (before - rest_.size() == 1 && !rest_.empty()) refuse(quoted(item_) + " is not understood.");
            check_step(step);
            return add_range(value, field_.max, step);
        }
        if (take('L')) {
            if (field_.index != kDayOfWeek) refuse(quoted(item_) + ": L can follow a day of the week only.");
            values_.last = true;
        } else if (take('W')) {
            if (field_.index != kDayOfMonth) refuse(quoted(item_) + ": W is for day-of-month.");
            values_.nearest_weekday = true;
        } else if (take('#')) {
            if (field_.index != kDayOfWeek) refuse(quoted(item_) + ": # is for day-of-week.");
            values_.nth = take_nth();
        }
        add(value);
    }

    void unspecified() {
        if (!is_day()) refuse("? is for day-of-month and day-of-week.");
        if (item_.size() > 2) refuse(quoted(item_) + " is not understood.");
        values_.unspecified = true;
    }

    void every() {
        if (take('*') && !rest_.starts_with('/')) return add_range(field_.min, field_.max, 1);
        take('/');
        const int sign = take('-') ? -1 : 1;
        if (sign > 0) take('+');
        const int step = sign * take_number();
        if (!rest_.empty()) refuse(quoted(item_) + " is not understood.");
        check_step(step);
        add_range(field_.min, field_.max, std::max(step, 1));
    }

    void add(int value) {
        if (value < field_.min || value > field_.max) refuse_value(value);
        values_.set.set(static_cast<std::size_t>(value));
    }

    /// A range that ends before it begins goes on over the end of the minute, hour, day, …
    void add_range(int from, int to, int step) {
        if (to > field_.max) refuse_value(to);
        add(from);
        if (step == 0) return;  // Quartz takes 5-9/0 for 5
        const int count = field_.max - field_.min + 1;
        if (to < from && field_.index == kYear) refuse(quoted(item_) + " ends before it begins.");
        if (to < from) to += count;
        for (int value = from; value <= to; value += step) add(value > field_.max ? value - count : value);
    }

    bool take(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    int take_number() {
        std::size_t length = 0;
        int value = 0;
        for (; length < rest_.size() && is_digit(rest_[length]); ++length) {
            if (value > 99'999'999) refuse(quoted(item_) + ": the number is too large.");
            value = value * 10 + (rest_[length] - '0');
        }
        if (length == 0) refuse(quoted(item_) + ": a number is missing.");
        rest_.remove_prefix(length);
        return value;
    }

    int take_name() {
        const std::string_view name = rest_.substr(0, 3);
        const auto found = std::find(field_.names.begin(), field_.names.end(), name);
        if (found == field_.names.end())
            refuse(field_.names.empty() ? quoted(item_) + " is not a number."
                                        : quoted(item_) + ": use " + std::string(field_.names.front()) + " to " +
                                              std::string(field_.names.back()) + ".");
        rest_.remove_prefix(name.size());
        return field_.min + static_cast<int>(found - field_.names.begin());
    }

    int take_nth() {
        take('+');
        const int nth = rest_.empty() ? 0 : take_number();
        if (nth < 1 || nth > 5 || !rest_.empty()) refuse(quoted(item_) + ": a number from 1 to 5 must follow #.");
        return nth;
    }

    void check_step(int step) const {
        if (step > field_.longest_step)
            refuse(quoted(item_) + ": the step can be " + std::to_string(field_.longest_step) + " at most.");
    }

    bool is_day() const { return field_.index == kDayOfMonth || field_.index == kDayOfWeek; }

    [[noreturn]] void refuse_value(int value) const {
        refuse(std::to_string(value) + " is not between " + std::to_string(field_.min) + " and " +
               std::to_string(field_.max) + (field_.index == kDayOfWeek ? " (SUN to SAT)." : "."));
    }
    [[noreturn]] void refuse(const std::string& what) const {
        throw std::invalid_argument(std::string(field_.name) + ": " + what);
    }

    const Field& field_;
    const std::string_view text_;
    std::string_view item_;
    std::string_view rest_;
    FieldValues values_;
};

template <std::size_t size>
void copy(const FieldValues& from, std::bitset<size>& to, int first = 0) {
    for (std::size_t i = 0; i < size; ++i) to[i] = from.set[i + static_cast<std::size_t>(first)];
}
}  // namespace

class QuartzCronParser {
  public:
    static QuartzCron parse(std::string_view expression) {
        if (expression.size() > kLongestExpression)
            throw std::invalid_argument("more than " + std::to_string(kLongestExpression) + " characters.");
        std::string text(expression);
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        const auto parts = split(text, " \t\r\n");
        if (parts.size() != 6 && parts.size() != 7)
            throw std::invalid_argument(
                "6 or 7 fields are needed (seconds minutes hours day-of-month month day-of-week [year]), not " +
                std::to_string(parts.size()) + ".");
        const auto values = [&](FieldIndex index) {
            return FieldParser(kFields[index], index < parts.size() ? parts[index] : "*").parse();
        };
        QuartzCron cron;
        copy(values(kSeconds), cron.seconds_);
        copy(values(kMinutes), cron.minutes_);
        copy(values(kHours), cron.hours_);
        const FieldValues day_of_month = values(kDayOfMonth);
        copy(values(kMonth), cron.months_);
        const FieldValues day_of_week = values(kDayOfWeek);
        copy(values(kYear), cron.years_, QuartzCron::kFirstYear);
        set_days(day_of_month, day_of_week, cron);
        return cron;
    }

  private:
    static void set_days(const FieldValues& day_of_month, const FieldValues& day_of_week, QuartzCron& cron) {
        using Rule = QuartzCron::DayRule;
        if (day_of_month.unspecified == day_of_week.unspecified)
            throw std::invalid_argument(
                day_of_week.unspecified ? "day-of-week: ? stands in day-of-month already; one of the two must be given."
                                        : "day-of-week: one of day-of-month and day-of-week must be ?.");
        copy(day_of_month, cron.days_of_month_);
        copy(day_of_week, cron.days_of_week_);
        cron.days_before_last_ = day_of_month.days_before_last;
        cron.nth_ = day_of_week.nth;
        if (day_of_month.unspecified)
            cron.day_rule_ = day_of_week.last       ? Rule::kLastDayOfWeek
                             : day_of_week.nth != 0 ? Rule::kNthDayOfWeek
                                                    : Rule::kDaysOfWeek;
        else if (day_of_month.last)
            cron.day_rule_ = day_of_month.nearest_weekday ? Rule::kLastWeekday : Rule::kLastDay;
        else
            cron.day_rule_ = day_of_month.nearest_weekday ? Rule::kNearestWeekday : Rule::kDaysOfMonth;
    }
};

QuartzCron QuartzCron::parse(std::string_view expression) {
    return QuartzCronParser::parse(expression);
}

}  // namespace stoker
