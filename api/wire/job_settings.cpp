#include "api/wire/job_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "api/schema/jobs.h"
#include "api/schema/tasks.h"
#include "api/wire/access_control.h"
#include "api/wire/git_source.h"
#include "api/wire/graph.h"
#include "api/wire/normalise.h"
#include "api/wire/triggers.h"
#include "core/error.h"
#include "core/value_references.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

// Write-only, or not part of the settings.
constexpr std::array<std::string_view, 3> kNotStored{"run_as", "access_control_list", "idempotency_token"};
constexpr int kContinuousRetries = 3;
constexpr std::int64_t kContinuousRetryMillis = 10'000;

bool has_field(const Schema& schema, std::string_view name) {
    for (const Schema* part = &schema; part; part = part->extends)
        if (std::ranges::find(part->fields, name, &Field::name) != part->fields.end()) return true;
    return false;
}

bool is_flat(const JsonReader& body) {
    return !body.has("tasks") &&
           std::ranges::any_of(schema::task_types(), [&](std::string_view type) { return body.has(type); });
}

Json flat_task(const Json& settings, const std::string& task_key) {
    Json task = Json::object();
    task["task_key"] = task_key;
    for (const auto& [field, value] : settings.items())
        if (has_field(schema::kFlatTask, field)) task[field] = value;
    return task;
}

/// Checks the tags; the job's priority among them.
int read_tags(const JsonReader& body) {
    int priority = 0;
    for (const auto& [key, value] : body.string_map("tags")) {
        if (!key.starts_with("stoker.")) continue;
        const std::string field = "tags." + key;
        if (key == "stoker.isolation") {
            if (value != "process" && value != "shared")
                body.refuse(field, "expected 'process' or 'shared', got '" + value + "'.");
        } else if (key == "stoker.priority") {
            auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), priority);
            if (error != std::errc{} || end != value.data() + value.size() || priority < -1000 || priority > 1000)
                body.refuse(field, "expected a number from -1000 to 1000, got '" + value + "'.");
        } else {
            body.refuse(field, "unknown option; known are stoker.isolation and stoker.priority.");
        }
    }
    return priority;
}

void check_parameters(const JsonReader& body) {
    std::set<std::string> names;
    for (const JsonReader& parameter : body.objects("parameters")) {
        const std::string name = parameter.string("name");
        const bool plain = std::ranges::all_of(name, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
                   c == '.';
        });
        if (!plain) parameter.refuse("name", "expected letters, digits, '_', '-' and '.', got '" + name + "'.");
        if (!names.insert(name).second) parameter.refuse("name", "'" + name + "' is used twice.");
    }
}

/// Names the first text of the request that refers to what no run can have.
void check_references(const Json& value, const std::string& path) {
    if (value.is_string()) {
        if (auto unknown = unknown_reference(value.get_ref<const std::string&>()))
            throw ApiError::invalid_parameter(path + ": {{" + *unknown + "}} is no value reference.");
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) check_references(value[i], path + "[" + std::to_string(i) + "]");
    } else if (value.is_object()) {
        for (const auto& [name, member] : value.items())
            check_references(member, path.empty() ? name : path + "." + name);
    }
}

std::string parse_run_as(const JsonReader& body) {
    const auto run_as = body.optional_object("run_as");
    if (!run_as || run_as->json().empty()) return "";
    const std::string user_name = run_as->optional_string("user_name").value_or("");
    const std::string service_principal = run_as->optional_string("service_principal_name").value_or("");
    if (!user_name.empty() && !service_principal.empty())
        run_as->refuse("user_name", "only one of user_name and service_principal_name may be sent.");
    if (user_name.empty() && service_principal.empty()) run_as->refuse("user_name", "the field is required.");
    return user_name.empty() ? service_principal : user_name;
}

void parse_tasks(const JsonReader& body, const clusters::DefinitionRules& rules, ApiVersion version,
                 JobDefinition& result) {
    JobParts parts{rules};
    parts.job_clusters = parse_job_clusters(body, rules);
    parts.environments = parse_environments(body, result.references);
    parts.has_git_source = read_git_source(body).has_value();
    if (is_flat(body)) {
        if (!parts.job_clusters.empty()) body.refuse("job_clusters", "only tasks can use job clusters.");
        if (body.has("for_each_task")) body.refuse("for_each_task", "belongs into tasks[].");
        result.job.format = "SINGLE_TASK";
        // Only the fields of the task: timeouts and notifications at the root are the job's.
        const Json task = flat_task(body.json(), derived_task_key(result.job.name));
        parse_task(JsonReader(task, body.path()), parts, result.references, result.job.tasks);
        return;
    }
    for (const auto& [field, value] : body.json().items())
        if (has_field(schema::kFlatTask, field) && !is_blank(&value))
            body.refuse(field, "belongs into tasks[] of a job that has tasks.");
    const auto tasks = body.objects("tasks");
    if (tasks.empty()) body.refuse("tasks", "the field is required: a job needs at least one task.");
    if (tasks.size() > 100 && version != ApiVersion::k22) throw too_many_tasks(tasks.size());
    for (const JsonReader& task : tasks) parse_task(task, parts, result.references, result.job.tasks);
    check_graph(result.job.tasks);
}

JobDefinition parse(const JsonReader& body, const clusters::DefinitionRules& rules, ApiVersion version,
                    std::string_view name_field) {
    JobDefinition result;
    result.job.name = body.optional_string(name_field).value_or("");
    if (result.job.name.empty()) result.job.name = "Untitled";
    result.job.priority = read_tags(body);
    check_parameters(body);
    check_references(body.json(), body.path());
    result.job.timeout_seconds = static_cast<int>(body.integer_or("timeout_seconds", 0));
    result.job.max_concurrent_runs = static_cast<int>(body.integer_or("max_concurrent_runs", 1));
    const auto queue = body.optional_object("queue");
    result.job.queue_enabled = queue ? queue->boolean_or("enabled", false) : version == ApiVersion::k22;
    result.run_as = parse_run_as(body);
    result.permissions = parse_access_control(body);
    result.idempotency_token = body.optional_string("idempotency_token").value_or("");
    result.job.notifies = parse_notifications(body, result.references.destinations);
    parse_tasks(body, rules, version, result);
    if (result.references.notifies) result.job.notifies = true;

    Json settings = body.json();
    for (std::string_view field : kNotStored) settings.erase(std::string(field));
    settings.erase("format");
    settings[std::string(name_field)] = result.job.name;
    result.job.settings = settings.dump();
    return result;
}

/// task_retry_mode ON_FAILURE of a continuous job: its tasks are tried again within the run, unless they say how.
void retry_tasks(const JsonReader& continuous, std::vector<db::JobTask>& tasks) {
    if (continuous.optional_string("task_retry_mode") != "ON_FAILURE") return;
    for (db::JobTask& task : tasks) {
        const bool is_of_scheduler =
            task.task_type == "condition_task" || task.task_type == "for_each_task" || task.task_type == "run_job_task";
        if (is_of_scheduler || task.max_retries != 0) continue;
        task.max_retries = kContinuousRetries;
        task.min_retry_interval_millis = std::max(task.min_retry_interval_millis, kContinuousRetryMillis);
    }
}
}  // namespace

ApiError too_many_tasks(std::size_t count) {
    return ApiError::invalid_parameter(
        "Resources with more than 100 tasks can only be handled by API 2.2 and above. Your resource has " +
        std::to_string(count) + " tasks.");
}

JobDefinition parse_job_settings(const Json& sent, const clusters::DefinitionRules& rules, ApiVersion version,
                                 EpochMillis now, const std::string& path) {
    const JsonReader reader(sent, path);
    IgnoredNames ignored;
    check(reader, schema::kJobSettings, ignored);
    const Json known = normalised(sent, schema::kJobSettings);
    const JsonReader body(known, path);
    JobDefinition result = parse(body, rules, version, "name");
    result.ignored = std::move(ignored);
    result.trigger = parse_trigger(body, now);
    if (result.trigger && result.trigger->kind == "CONTINUOUS") {
        if (result.job.max_concurrent_runs != 1)
            body.refuse("max_concurrent_runs", "a continuous job has one run at a time.");
        result.job.continuous = true;
        retry_tasks(body.object("continuous"), result.job.tasks);
    }
    return result;
}

JobDefinition parse_submit(const Json& sent, const clusters::DefinitionRules& rules, ApiVersion version) {
    const JsonReader reader(sent);
    IgnoredNames ignored;
    check(reader, schema::kSubmitRun, ignored);
    const Json known = normalised(sent, schema::kSubmitRun);
    JobDefinition result = parse(JsonReader(known), rules, version, "run_name");
    result.ignored = std::move(ignored);
    result.job.kind = "SUBMIT";
    result.job.max_concurrent_runs = 1;
    return result;
}

Json with_tasks(Json settings) {
    if (settings.contains("tasks")) return settings;
    Json task = flat_task(settings, derived_task_key(settings.value("name", "Untitled")));
    for (auto field = settings.begin(); field != settings.end();)
        field = has_field(schema::kFlatTask, field.key()) ? settings.erase(field) : std::next(field);
    settings["tasks"] = Json::array({std::move(task)});
    return settings;
}

Json settings_json(const std::string& stored, const std::string& format, ApiVersion version) {
    Json settings = Json::parse(stored);
    for (auto [field, fallback] : {std::pair{"email_notifications", Json::object()},
                                   {"timeout_seconds", Json(0)},
                                   {"max_concurrent_runs", Json(1)}})
        if (!settings.contains(field)) settings[field] = fallback;
    settings["format"] = format;
    if (format == "SINGLE_TASK" && version != ApiVersion::k20) {
        settings = with_tasks(std::move(settings));
        settings["tasks"][0]["run_if"] = "ALL_SUCCESS";
        settings["format"] = "MULTI_TASK";
    }
    return settings;
}

}  // namespace stoker::api
