#include "api/wire/run_now.h"

#include <algorithm>
#include <array>
#include <functional>

#include "api/schema/jobs.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

enum class Shape { kMap, kList };
struct ParameterSet {
    std::string_view field;
    Shape shape;
    bool ascii_only = false;
};
constexpr std::array kParameterSets{
    ParameterSet{"notebook_params", Shape::kMap},
    ParameterSet{"jar_params", Shape::kList},
    ParameterSet{"python_params", Shape::kList, true},
    ParameterSet{"python_named_params", Shape::kMap},
    ParameterSet{"spark_submit_params", Shape::kList, true},
    ParameterSet{"sql_params", Shape::kMap},
    ParameterSet{"dbt_commands", Shape::kList},
};
constexpr std::size_t kMaxParameterBytes = 10'000;

void read_parameter_set(const JsonReader& body, const ParameterSet& set, Json& result) {
    if (is_blank(body.raw(set.field))) return;
    Json value;
    if (set.shape == Shape::kMap) {
        value = Json::object();
        for (auto& [key, text] : body.string_map(set.field)) value[key] = std::move(text);
    } else {
        value = Json::array();
        for (auto& text : body.strings(set.field)) value.push_back(std::move(text));
    }
    const std::string text = value.dump();
    if (text.size() > kMaxParameterBytes) body.refuse(set.field, "more than 10,000 bytes of JSON.");
    if (set.ascii_only && std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7f; }))
        body.refuse(set.field, "only ASCII characters are allowed.");
    result[std::string(set.field)] = std::move(value);
}

/// `+key`, `key+`, `+key+`: with all that comes before it, after it, or both.
struct Selection {
    std::string key;
    bool with_upstream = false;
    bool with_downstream = false;
};
Selection selection_of(std::string_view text) {
    Selection selection;
    if (text.starts_with('+')) {
        selection.with_upstream = true;
        text.remove_prefix(1);
    }
    if (text.ends_with('+')) {
        selection.with_downstream = true;
        text.remove_suffix(1);
    }
    selection.key = text;
    return selection;
}

std::vector<std::string> upstream_keys(const Json& task) {
    std::vector<std::string> keys;
    for (const Json& dependency : task.value("depends_on", Json::array()))
        keys.push_back(dependency.value("task_key", ""));
    return keys;
}
}  // namespace

ParameterSets parse_parameter_sets(const JsonReader& body) {
    ParameterSets sets;
    for (const ParameterSet& set : kParameterSets) read_parameter_set(body, set, sets.overriding_parameters);
    sets.job_parameters = body.string_map("job_parameters");
    if (sets.overriding_parameters.contains("notebook_params") && sets.overriding_parameters.contains("jar_params"))
        body.refuse("jar_params", "cannot be combined with notebook_params.");
    for (const ParameterSet& set : kParameterSets)
        if (sets.overriding_parameters.contains(set.field) && !sets.job_parameters.empty())
            body.refuse("job_parameters", "cannot be combined with " + std::string(set.field) + ".");
    return sets;
}

RunNowRequest parse_run_now(const Json& sent) {
    const JsonReader body(sent);
    RunNowRequest request;
    check(body, schema::kRunNow, request.ignored);
    request.job_id.value = body.integer("job_id");
    request.idempotency_token = body.optional_string("idempotency_token").value_or("");
    if (const auto queue = body.optional_object("queue")) request.queue_enabled = queue->optional_bool("enabled");
    request.only = body.strings("only");
    request.parameters = parse_parameter_sets(body);
    return request;
}

std::vector<std::string> chosen_tasks(const std::vector<std::string>& only, const Json& settings) {
    if (only.empty()) return {};
    const Json tasks = settings.value("tasks", Json::array());
    std::vector<std::string> chosen;
    auto task_of = [&](const std::string& key) {
        return std::ranges::find_if(tasks, [&](const Json& task) { return task.value("task_key", "") == key; });
    };
    auto add = [&](const std::string& key) {
        if (std::ranges::find(chosen, key) != chosen.end()) return false;
        chosen.push_back(key);
        return true;
    };
    const std::function<void(const std::string&)> add_upstream = [&](const std::string& key) {
        for (const std::string& upstream : upstream_keys(*task_of(key)))
            if (add(upstream)) add_upstream(upstream);
    };
    const std::function<void(const std::string&)> add_downstream = [&](const std::string& key) {
        for (const Json& task : tasks) {
            const auto keys = upstream_keys(task);
            if (std::ranges::find(keys, key) == keys.end()) continue;
            const std::string downstream = task.value("task_key", "");
            if (add(downstream)) add_downstream(downstream);
        }
    };
    for (std::size_t i = 0; i < only.size(); ++i) {
        const Selection selection = selection_of(only[i]);
        if (task_of(selection.key) == tasks.end())
            throw ApiError::invalid_parameter("only[" + std::to_string(i) + "]: '" + selection.key +
                                              "' is not a task of the job.");
        add(selection.key);
        if (selection.with_upstream) add_upstream(selection.key);
        if (selection.with_downstream) add_downstream(selection.key);
    }
    return chosen;
}

}  // namespace stoker::api
