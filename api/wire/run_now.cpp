#include "api/wire/run_now.h"

#include <algorithm>
#include <array>

#include "api/wire/job_settings.h"
#include "api/wire/normalise.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

enum class Shape { kMap, kList };
struct ParameterSet {
    std::string_view field;
    Shape shape;
    bool ascii_only = false;
    bool is_supported = false;  // by a task type of this version
};
constexpr std::array kParameterSets{
    ParameterSet{"notebook_params", Shape::kMap, false, true},
    ParameterSet{"jar_params", Shape::kList},
    ParameterSet{"python_params", Shape::kList, true},
    ParameterSet{"python_named_params", Shape::kMap},
    ParameterSet{"spark_submit_params", Shape::kList, true},
    ParameterSet{"sql_params", Shape::kMap},
    ParameterSet{"dbt_commands", Shape::kList},
};
constexpr std::size_t kMaxParameterBytes = 10'000;

void read_parameter_set(const JsonReader& body, const ParameterSet& set, Json& result) {
    // Read as what it must be, also when it is empty: a wrong type is refused either way.
    Json value;
    if (set.shape == Shape::kMap) {
        value = Json::object();
        for (auto& [key, text] : body.string_map(set.field)) value[key] = std::move(text);
    } else {
        value = Json::array();
        for (auto& text : body.strings(set.field)) value.push_back(std::move(text));
    }
    if (value.empty()) return;
    const std::string text = value.dump();
    if (text.size() > kMaxParameterBytes) body.refuse(set.field, "more than 10,000 bytes of JSON.");
    if (set.ascii_only && std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7f; }))
        body.refuse(set.field, "only ASCII characters are allowed.");
    result[std::string(set.field)] = std::move(value);
}
}  // namespace

RunNowRequest parse_run_now(const Json& sent) {
    const JsonReader body(sent);
    RunNowRequest request;
    request.job_id.value = body.integer("job_id");
    request.idempotency_token = parse_idempotency_token(body);
    if (const auto queue = body.optional_object("queue")) {
        request.queue_enabled = queue->optional_bool("enabled");
        std::ranges::copy(queue->unread(), std::back_inserter(request.ignored));
    }
    request.only = body.strings("only");
    for (const ParameterSet& set : kParameterSets) read_parameter_set(body, set, request.overriding_parameters);
    request.job_parameters = body.string_map("job_parameters");
    if (request.overriding_parameters.contains("notebook_params") &&
        request.overriding_parameters.contains("jar_params"))
        body.refuse("jar_params", "cannot be combined with notebook_params.");
    for (const ParameterSet& set : kParameterSets) {
        if (!request.overriding_parameters.contains(set.field)) continue;
        if (!request.job_parameters.empty())
            body.refuse("job_parameters", "cannot be combined with " + std::string(set.field) + ".");
        if (!set.is_supported)
            body.refuse(set.field, "no task type that takes " + std::string(set.field) + " is supported yet.");
    }
    if (!is_blank(body.raw("pipeline_params"))) body.refuse("pipeline_params", "pipelines are not supported yet.");
    static_cast<void>(body.optional_string("performance_target"));
    std::ranges::copy(body.unread(), std::back_inserter(request.ignored));
    return request;
}

void check_only(const RunNowRequest& request, const Json& settings) {
    for (std::size_t i = 0; i < request.only.size(); ++i) {
        const std::string& key = request.only[i];
        const std::string field = "only[" + std::to_string(i) + "]: ";
        if (key.starts_with('+') || key.ends_with('+'))
            throw ApiError::invalid_parameter(field + "'+' is not supported yet; name every task.");
        const Json tasks = settings.value("tasks", Json::array());
        if (std::ranges::none_of(tasks, [&](const Json& task) { return task.value("task_key", "") == key; }))
            throw ApiError::invalid_parameter(field + "'" + key + "' is not a task of the job.");
    }
}

}  // namespace stoker::api
