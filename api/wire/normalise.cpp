#include "api/wire/normalise.h"

#include <charconv>
#include <set>
#include <string_view>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

bool is_integer_field(std::string_view name) {
    static const std::set<std::string_view> kNames{"autotermination_minutes",   "first_on_demand", "job_id",
                                                   "max_concurrent_runs",       "max_retries",     "max_workers",
                                                   "min_retry_interval_millis", "min_workers",     "num_workers",
                                                   "spot_bid_price_percent",    "timeout_seconds", "value"};
    return kNames.contains(name);
}

bool is_boolean_field(std::string_view name) {
    static const std::set<std::string_view> kNames{"alert_on_last_attempt",
                                                   "apply_policy_default_values",
                                                   "disable_auto_optimization",
                                                   "disabled",
                                                   "enable_elastic_disk",
                                                   "enable_local_disk_encryption",
                                                   "enabled",
                                                   "is_single_node",
                                                   "no_alert_for_canceled_runs",
                                                   "no_alert_for_skipped_runs",
                                                   "retry_on_timeout",
                                                   "use_ml_runtime"};
    return kNames.contains(name);
}

bool is_string_map(std::string_view name) {
    static const std::set<std::string_view> kNames{"base_parameters", "custom_tags", "spark_conf", "spark_env_vars",
                                                   "tags"};
    return kNames.contains(name);
}

Json integer_of(const Json& value) {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? Json(number) : value;
}

Json boolean_of(const Json& value) {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    return value;
}

Json strings_of(const Json& map) {
    Json result = Json::object();
    for (const auto& [key, value] : map.items()) {
        if (value.is_null())
            result[key] = "";
        else if (value.is_number() || value.is_boolean())
            result[key] = value.dump();
        else
            result[key] = value;
    }
    return result;
}
}  // namespace

Json normalised(const Json& sent) {
    if (sent.is_array()) {
        Json result = Json::array();
        for (const auto& item : sent) result.push_back(normalised(item));
        return result;
    }
    if (!sent.is_object()) return sent;
    Json result = Json::object();
    for (const auto& [name, value] : sent.items()) {
        if (value.is_null()) continue;
        if (is_string_map(name) && value.is_object())
            result[name] = strings_of(value);
        else if (is_integer_field(name))
            result[name] = integer_of(value);
        else if (is_boolean_field(name))
            result[name] = boolean_of(value);
        else
            result[name] = normalised(value);
    }
    return result;
}

}  // namespace stoker::api
