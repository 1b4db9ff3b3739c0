#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/regex_fwd.hpp>
#include <nlohmann/json.hpp>

#include "core/json_reader.h"

namespace stoker::clusters {

/// What a policy says of one attribute: `{"type": "range", "maxValue": 8, "defaultValue": 2}`.
class PolicyRule {
  public:
    /// Throws ApiError that names what is wrong below the reader's path.
    explicit PolicyRule(const JsonReader& rule);

    /// Of a fixed rule: what the attribute is set to where it is not sent.
    const nlohmann::json* fixed_value() const { return type_ == Type::kFixed ? &values_.front() : nullptr; }
    /// nullptr when there is none.
    const nlohmann::json* default_value() const { return default_value_ ? &*default_value_ : nullptr; }
    /// Whether a definition that does not have the attribute breaks the rule.
    bool is_required() const { return type_ != Type::kForbidden && !is_optional_; }

    /// Why the value breaks the rule: `the value must be 4 (is "8")`.
    std::optional<std::string> violation(const nlohmann::json& value) const;

  private:
    enum class Type { kFixed, kForbidden, kAllowlist, kBlocklist, kRegex, kRange, kUnlimited };
    struct TypeName;
    void read_values(const JsonReader& rule);
    void read_range(const JsonReader& rule);
    void read_pattern(const JsonReader& rule);
    void read_default(const JsonReader& rule);
    std::string values_text() const;
    std::string range_violation(const std::string& text) const;
    std::string regex_violation(const std::string& text) const;

    Type type_ = Type::kUnlimited;
    std::vector<nlohmann::json> values_;  // of fixed (one), allowlist and blocklist
    std::optional<double> min_value_;     // of range
    std::optional<double> max_value_;
    std::string pattern_text_;
    std::shared_ptr<const boost::regex> pattern_;
    std::optional<nlohmann::json> default_value_;
    bool is_optional_ = false;
};

}  // namespace stoker::clusters
