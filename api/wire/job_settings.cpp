#include "api/wire/job_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "api/wire/normalise.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;
using Names = std::span<const std::string_view>;

// Accepting one of these would promise what does not happen.
constexpr std::array<std::string_view, 7> kUnavailable{"schedule",   "trigger",      "continuous",           "triggers",
                                                       "git_source", "environments", "environment_variables"};
// Stored and echoed, and without effect: see api/README.md.
constexpr std::array<std::string_view, 5> kEchoedObjects{"email_notifications", "webhook_notifications",
                                                         "notification_settings", "health", "deployment"};
constexpr std::array<std::string_view, 5> kEchoedStrings{"edit_mode", "parent_path", "budget_policy_id",
                                                         "usage_policy_id", "performance_target"};
// Of the flat form, what belongs to its task; every task type does too.
constexpr std::array<std::string_view, 6> kFlatFields{
    "existing_cluster_id", "new_cluster", "libraries", "max_retries", "min_retry_interval_millis", "retry_on_timeout"};
// Write-only, or not part of the settings.
constexpr std::array<std::string_view, 3> kNotStored{"run_as", "access_control_list", "idempotency_token"};

bool is_flat_field(std::string_view field) {
    return std::ranges::find(kFlatFields, field) != kFlatFields.end() ||
           std::ranges::find(task_types(), field, &TaskType::field) != task_types().end();
}

bool is_flat(const JsonReader& body) {
    return !body.has("tasks") &&
           std::ranges::any_of(task_types(), [&](const TaskType& type) { return body.has(type.field); });
}

Json flat_task(const Json& settings, const std::string& task_key) {
    Json task = Json::object();
    task["task_key"] = task_key;
    for (const auto& [field, value] : settings.items())
        if (is_flat_field(field)) task[field] = value;
    return task;
}

void check_length(const JsonReader& body, std::string_view field, std::size_t limit) {
    if (auto text = body.optional_string(field); text && text->size() > limit)
        body.refuse(field, "is longer than " + std::to_string(limit) + " bytes.");
}

/// Checks the tags; the job's priority among them.
int read_tags(const JsonReader& body) {
    int priority = 0;
    const auto tags = body.string_map("tags");
    if (tags.size() > kMaxTags) body.refuse("tags", "more than " + std::to_string(kMaxTags) + " tags.");
    for (const auto& [key, value] : tags) {
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

void check_parameters(const JsonReader& body, IgnoredNames& ignored) {
    std::set<std::string> names;
    for (const JsonReader& parameter : body.objects("parameters")) {
        const std::string name = parameter.string("name");
        const bool plain = std::ranges::all_of(name, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
                   c == '.';
        });
        if (!plain) parameter.refuse("name", "expected letters, digits, '_', '-' and '.', got '" + name + "'.");
        if (!names.insert(name).second) parameter.refuse("name", "'" + name + "' is used twice.");
        if (!parameter.optional_string("default")) parameter.refuse("default", "the field is required.");
        std::ranges::copy(parameter.unread(), std::back_inserter(ignored));
    }
}

std::string parse_run_as(const JsonReader& body, IgnoredNames& ignored) {
    const auto run_as = body.optional_object("run_as");
    if (!run_as || run_as->json().empty()) return "";
    if (!is_blank(run_as->raw("group_name"))) run_as->refuse("group_name", "groups are not supported yet.");
    std::string user_name = run_as->optional_string("user_name").value_or("");
    const std::string service_principal = run_as->optional_string("service_principal_name").value_or("");
    if (!user_name.empty() && !service_principal.empty())
        run_as->refuse("user_name", "only one of user_name and service_principal_name may be sent.");
    if (user_name.empty()) user_name = service_principal;
    if (user_name.empty()) run_as->refuse("user_name", "the field is required.");
    std::ranges::copy(run_as->unread(), std::back_inserter(ignored));
    return user_name;
}

void parse_tasks(const JsonReader& body, ApiVersion version, JobDefinition& result) {
    const auto job_clusters = parse_job_clusters(body, result.ignored);
    if (is_flat(body)) {
        if (!job_clusters.empty()) body.refuse("job_clusters", "only tasks can use job clusters.");
        result.job.format = "SINGLE_TASK";
        for (const auto& [field, value] : body.json().items())
            if (is_flat_field(field)) static_cast<void>(body.raw(field));
        // Only the fields of the task: timeouts and notifications at the root are the job's.
        const Json task = flat_task(body.json(), derived_task_key(result.job.name));
        result.job.tasks.push_back(parse_task(JsonReader(task), {}, result.references, result.ignored));
        return;
    }
    for (std::string_view field : kFlatFields)
        if (!is_blank(body.raw(field))) body.refuse(field, "belongs into tasks[] of a job that has tasks.");
    const auto tasks = body.objects("tasks");
    if (tasks.empty()) body.refuse("tasks", "the field is required: a job needs at least one task.");
    const std::size_t limit = version == ApiVersion::k22 ? 1000 : 100;
    if (tasks.size() > limit) {
        if (version != ApiVersion::k22) throw too_many_tasks(tasks.size());
        body.refuse("tasks", "more than " + std::to_string(limit) + " tasks.");
    }
    for (const JsonReader& task : tasks)
        result.job.tasks.push_back(parse_task(task, job_clusters, result.references, result.ignored));
    check_graph(result.job.tasks);
}

JobDefinition parse(const Json& sent, ApiVersion version, std::string_view name_field) {
    const JsonReader body(sent);
    JobDefinition result;
    check_length(body, name_field, kMaxName);
    check_length(body, "description", kMaxDescription);
    result.job.name = body.optional_string(name_field).value_or("");
    if (result.job.name.empty()) result.job.name = "Untitled";
    result.job.priority = read_tags(body);
    for (std::string_view field : kUnavailable)
        if (!is_blank(body.raw(field))) body.refuse(field, std::string(field) + " is not supported yet.");
    if (!is_blank(body.raw("access_control_list")))
        body.refuse("access_control_list",
                    "permissions are not supported yet; the creator, run_as and admins have access.");
    for (std::string_view field : kEchoedObjects) static_cast<void>(body.optional_object(field));
    for (std::string_view field : kEchoedStrings) static_cast<void>(body.optional_string(field));
    static_cast<void>(body.optional_string("format"));
    check_parameters(body, result.ignored);

    const std::int64_t timeout = body.integer_or("timeout_seconds", 0);
    if (timeout < 0 || timeout > INT32_MAX) body.refuse("timeout_seconds", "expected a number of 0 or more.");
    result.job.timeout_seconds = static_cast<int>(timeout);
    const std::int64_t concurrent = body.integer_or("max_concurrent_runs", 1);
    if (concurrent < 0 || concurrent > 1000)
        body.refuse("max_concurrent_runs", "expected a number from 0 to 1000, got " + std::to_string(concurrent) + ".");
    result.job.max_concurrent_runs = static_cast<int>(concurrent);
    const auto queue = body.optional_object("queue");
    result.job.queue_enabled = queue ? queue->boolean_or("enabled", false) : version == ApiVersion::k22;
    if (queue) std::ranges::copy(queue->unread(), std::back_inserter(result.ignored));
    result.run_as = parse_run_as(body, result.ignored);
    result.idempotency_token = parse_idempotency_token(body);
    parse_tasks(body, version, result);

    Json settings = normalised(sent);
    for (const auto& field : body.unread()) settings.erase(field);
    for (std::string_view field : kNotStored) settings.erase(std::string(field));
    settings.erase("format");
    settings[std::string(name_field)] = result.job.name;
    result.job.settings = settings.dump();
    std::ranges::copy(body.unread(), std::back_inserter(result.ignored));
    return result;
}
}  // namespace

ApiError too_many_tasks(std::size_t count) {
    return ApiError::invalid_parameter(
        "Resources with more than 100 tasks can only be handled by API 2.2 and above. Your resource has " +
        std::to_string(count) + " tasks.");
}

std::string parse_idempotency_token(const JsonReader& body) {
    check_length(body, "idempotency_token", kMaxIdempotencyToken);
    return body.optional_string("idempotency_token").value_or("");
}

JobDefinition parse_job_settings(const Json& body, ApiVersion version) {
    return parse(body, version, "name");
}

JobDefinition parse_submit(const Json& body, ApiVersion version) {
    JobDefinition result = parse(body, version, "run_name");
    result.job.kind = "SUBMIT";
    result.job.max_concurrent_runs = 1;
    return result;
}

Json settings_json(const std::string& stored, const std::string& format, ApiVersion version) {
    Json settings = Json::parse(stored);
    for (auto [field, fallback] : {std::pair{"email_notifications", Json::object()},
                                   {"timeout_seconds", Json(0)},
                                   {"max_concurrent_runs", Json(1)}})
        if (!settings.contains(field)) settings[field] = fallback;
    settings["format"] = format;
    if (format == "SINGLE_TASK" && version != ApiVersion::k20) {
        Json task = flat_task(settings, derived_task_key(settings.value("name", "Untitled")));
        task["run_if"] = "ALL_SUCCESS";
        for (auto field = settings.begin(); field != settings.end();)
            field = is_flat_field(field.key()) ? settings.erase(field) : std::next(field);
        settings["tasks"] = Json::array({std::move(task)});
        settings["format"] = "MULTI_TASK";
    }
    return settings;
}

}  // namespace stoker::api
