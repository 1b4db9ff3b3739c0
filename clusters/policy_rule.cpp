#include "clusters/policy_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <boost/regex.hpp>

namespace stoker::clusters {

using Json = nlohmann::json;

struct PolicyRule::TypeName {
    std::string_view name;
    Type type;
    std::span<const std::string_view> fields;  // beside those that every type has
};

namespace {

constexpr std::array<std::string_view, 1> kFixedFields{"value"};
constexpr std::array<std::string_view, 3> kListFields{"values", "defaultValue", "isOptional"};
constexpr std::array<std::string_view, 3> kRegexFields{"pattern", "defaultValue", "isOptional"};
constexpr std::array<std::string_view, 4> kRangeFields{"minValue", "maxValue", "defaultValue", "isOptional"};
constexpr std::array<std::string_view, 2> kUnlimitedFields{"defaultValue", "isOptional"};
constexpr std::size_t kLongestMatched = 4096;  // bytes that a pattern is tried on
constexpr std::size_t kLongestShown = 100;

/// Numbers and booleans may come as text: what they say is compared.
std::string text_of(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string shown(const std::string& text) {
    return text.size() <= kLongestShown ? text : text.substr(0, kLongestShown) + "…";
}

bool is_plain(const Json& value) {
    return value.is_string() || value.is_number() || value.is_boolean();
}

std::optional<double> number_of(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> bound(const JsonReader& rule, std::string_view field) {
    const Json* value = rule.raw(field);
    if (!value || value->is_null()) return std::nullopt;
    const auto number = is_plain(*value) ? number_of(text_of(*value)) : std::nullopt;
    if (!number) rule.refuse(field, "expected a number.");
    return number;
}

std::string number_text(double value) {
    return Json(value).dump().ends_with(".0") ? std::to_string(static_cast<std::int64_t>(value)) : Json(value).dump();
}

}  // namespace

PolicyRule::PolicyRule(const JsonReader& rule) {
    static const std::array kTypes{TypeName{"fixed", Type::kFixed, kFixedFields},
                                   TypeName{"forbidden", Type::kForbidden, {}},
                                   TypeName{"allowlist", Type::kAllowlist, kListFields},
                                   TypeName{"blocklist", Type::kBlocklist, kListFields},
                                   TypeName{"regex", Type::kRegex, kRegexFields},
                                   TypeName{"range", Type::kRange, kRangeFields},
                                   TypeName{"unlimited", Type::kUnlimited, kUnlimitedFields}};
    const std::string name = rule.string("type");
    const auto type = std::ranges::find(kTypes, name, &TypeName::name);
    if (type == kTypes.end())
        rule.refuse("type",
                    "expected fixed, forbidden, allowlist, blocklist, regex, range or unlimited, got '" + name + "'.");
    type_ = type->type;
    for (const auto& [field, value] : rule.json().items())
        if (field != "type" && field != "hidden" && std::ranges::find(type->fields, field) == type->fields.end())
            rule.refuse(field, "a rule of the type " + name + " has no such field.");
    static_cast<void>(rule.optional_bool("hidden"));  // it is for forms, and there are none here
    is_optional_ = rule.boolean_or("isOptional", false);
    read_values(rule);
    read_range(rule);
    read_pattern(rule);
    read_default(rule);
}

void PolicyRule::read_values(const JsonReader& rule) {
    if (type_ == Type::kFixed) {
        const Json* value = rule.raw("value");
        if (!value || !is_plain(*value)) rule.refuse("value", "expected a text, a number or a boolean.");
        values_.push_back(*value);
    } else if (type_ == Type::kAllowlist || type_ == Type::kBlocklist) {
        const Json* values = rule.raw("values");
        if (!values || !values->is_array() || values->empty() || !std::all_of(values->begin(), values->end(), is_plain))
            rule.refuse("values", "expected a list of texts, numbers and booleans.");
        values_.assign(values->begin(), values->end());
    }
}

void PolicyRule::read_range(const JsonReader& rule) {
    if (type_ != Type::kRange) return;
    min_value_ = bound(rule, "minValue");
    max_value_ = bound(rule, "maxValue");
    if (!min_value_ && !max_value_) rule.refuse("minValue", "a range needs minValue, maxValue or both.");
    if (min_value_ && max_value_ && *min_value_ > *max_value_)
        rule.refuse("maxValue", "is below minValue, which is " + number_text(*min_value_) + ".");
}

void PolicyRule::read_pattern(const JsonReader& rule) {
    if (type_ != Type::kRegex) return;
    pattern_text_ = rule.string("pattern");
    try {
        pattern_ = std::make_shared<boost::regex>(pattern_text_, boost::regex::perl);
    } catch (const boost::regex_error& error) {
        rule.refuse("pattern", "'" + shown(pattern_text_) + "' is no regular expression: " + error.what());
    }
}

void PolicyRule::read_default(const JsonReader& rule) {
    const Json* value = rule.raw("defaultValue");
    if (!value || value->is_null()) return;
    if (!is_plain(*value)) rule.refuse("defaultValue", "expected a text, a number or a boolean.");
    if (const auto why = violation(*value)) rule.refuse("defaultValue", *why + ".");
    default_value_ = *value;
}

std::string PolicyRule::values_text() const {
    std::string all;
    for (const Json& value : values_) all += (all.empty() ? "" : ", ") + text_of(value);
    return all;
}

std::optional<std::string> PolicyRule::violation(const Json& value) const {
    const std::string text = text_of(value);
    const bool is_listed =
        std::ranges::any_of(values_, [&](const Json& listed) { return is_plain(value) && text_of(listed) == text; });
    std::string what;
    if (type_ == Type::kFixed && !is_listed) what = "must be " + values_text();
    if (type_ == Type::kForbidden) what = "must not be present";
    if (type_ == Type::kAllowlist && !is_listed) what = "must be one of " + values_text();
    if (type_ == Type::kBlocklist && is_listed) what = "must not be one of " + values_text();
    if (type_ == Type::kRange) what = range_violation(text);
    if (type_ == Type::kRegex) what = regex_violation(text);
    if (what.empty()) return std::nullopt;
    return "the value " + what + " (is \"" + shown(text) + "\")";
}

std::string PolicyRule::range_violation(const std::string& text) const {
    const auto number = number_of(text);
    if (!number) return "must be a number";
    if (min_value_ && *number < *min_value_) return "must be at least " + number_text(*min_value_);
    if (max_value_ && *number > *max_value_) return "must be at most " + number_text(*max_value_);
    return "";
}

std::string PolicyRule::regex_violation(const std::string& text) const {
    bool matched = false;
    try {
        matched = text.size() <= kLongestMatched && boost::regex_match(text, *pattern_);
    } catch (const std::runtime_error&) {
        // The pattern takes too long on it, so nobody can tell whether it matches.
    }
    return matched ? "" : "must match " + pattern_text_;
}

}  // namespace stoker::clusters
