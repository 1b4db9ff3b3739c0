#include "api/wire/task.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "api/wire/normalise.h"
#include "api/wire/workspace_path.h"
#include "clusters/cluster_definition.h"
#include "clusters/library.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

constexpr std::array kTaskTypes{
    TaskType{"notebook_task", true},
    TaskType{"spark_python_task", false},
    TaskType{"python_wheel_task", false},
    TaskType{"spark_jar_task", false},
    TaskType{"spark_submit_task", false},
    TaskType{"sql_task", false},
    TaskType{"dbt_task", false},
    TaskType{"pipeline_task", false},
    TaskType{"run_job_task", false},
    TaskType{"condition_task", false},
    TaskType{"for_each_task", false},
    TaskType{"shell_command_task", false},
    TaskType{"dashboard_task", false},
    TaskType{"power_bi_task", false},
    TaskType{"alert_task", false},
    TaskType{"clean_rooms_notebook_task", false},
    TaskType{"gen_ai_compute_task", false},
    TaskType{"ai_runtime_task", false},
    TaskType{"dbt_cloud_task", false},
    TaskType{"dbt_platform_task", false},
    TaskType{"python_operator_task", false},
};
constexpr std::size_t kMaxTaskKey = 100;
constexpr std::size_t kMaxBaseParameters = 1'000'000;

// Accepting one of these would promise what does not happen.
constexpr std::array<std::string_view, 3> kUnavailable{"environment_key", "environment_variables_key", "compute"};
// Stored and echoed.
constexpr std::array<std::string_view, 4> kEchoedObjects{"email_notifications", "webhook_notifications",
                                                         "notification_settings", "health"};

bool is_task_key(std::string_view key) {
    return !key.empty() && key.size() <= kMaxTaskKey && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
}

void read_notebook_task(const JsonReader& notebook, db::JobTask& result, TaskReferences& references,
                        IgnoredNames& ignored) {
    const std::string source = notebook.optional_string("source").value_or("");
    if (!source.empty() && source != "WORKSPACE")
        notebook.refuse("source", source == "GIT" ? "GIT is not supported yet; import the notebook into the workspace."
                                                  : "expected WORKSPACE, got '" + source + "'.");
    const std::string path = notebook.string("notebook_path");
    if (!is_workspace_path(path))
        notebook.refuse("notebook_path", "expected an absolute path in the workspace, got '" + path + "'.");
    result.source_path = canonical_path(path);
    references.files.push_back({notebook.path_of("notebook_path"), result.source_path});
    static_cast<void>(notebook.string_map("base_parameters"));
    if (const Json* parameters = notebook.raw("base_parameters");
        parameters && parameters->dump().size() > kMaxBaseParameters)
        notebook.refuse("base_parameters", "more than 1 MB of JSON.");
    if (!is_blank(notebook.raw("warehouse_id")))
        notebook.refuse("warehouse_id", "SQL warehouses are not supported yet.");
    std::ranges::copy(notebook.unread(), std::back_inserter(ignored));
}

void read_type(const JsonReader& task, db::JobTask& result, TaskReferences& references, IgnoredNames& ignored) {
    std::string_view found;
    for (const TaskType& type : kTaskTypes) {
        if (!task.has(type.field)) continue;
        if (!type.is_supported) task.refuse(type.field, std::string(type.field) + " is not supported yet.");
        if (!found.empty()) task.refuse(type.field, "a task has one type; " + std::string(found) + " is sent too.");
        found = type.field;
    }
    if (found.empty()) task.refuse("notebook_task", "the field is required: a task needs a task type.");
    read_notebook_task(task.object(found), result, references, ignored);
}

void add_files(const std::string& field, const std::vector<clusters::Library>& libraries, TaskReferences& references) {
    for (std::size_t i = 0; i < libraries.size(); ++i)
        if (auto path = clusters::workspace_path_of(libraries[i]))
            references.files.push_back({field + "[" + std::to_string(i) + "]", *path});
}

void read_compute(const JsonReader& task, std::span<const JobCluster> job_clusters, db::JobTask& result,
                  TaskReferences& references, IgnoredNames& ignored) {
    result.existing_cluster_id = task.optional_string("existing_cluster_id").value_or("");
    result.job_cluster_key = task.optional_string("job_cluster_key").value_or("");
    const auto new_cluster = task.optional_object("new_cluster");
    const int given = !result.existing_cluster_id.empty() + !result.job_cluster_key.empty() + new_cluster.has_value();
    if (given == 0)
        task.refuse("existing_cluster_id",
                    "the task needs a cluster: existing_cluster_id, new_cluster or job_cluster_key.");
    if (given > 1)
        task.refuse(new_cluster ? "new_cluster" : "existing_cluster_id",
                    "only one of existing_cluster_id, new_cluster and job_cluster_key may be sent.");
    Json libraries = Json::array();
    if (new_cluster) {
        const auto definition = clusters::parse_cluster_definition(*new_cluster);
        add_files(new_cluster->path_of("libraries"), definition.libraries, references);
        result.new_cluster = normalised(clusters::to_json(definition)).dump();
        libraries = clusters::libraries_json(definition);
        std::ranges::copy(new_cluster->unread(), std::back_inserter(ignored));
    } else if (!result.job_cluster_key.empty()) {
        auto found = std::ranges::find(job_clusters, result.job_cluster_key, &JobCluster::job_cluster_key);
        if (found == job_clusters.end())
            task.refuse("job_cluster_key", "'" + result.job_cluster_key + "' is not among job_clusters.");
        result.new_cluster = found->new_cluster;
    } else {
        references.clusters.push_back({task.path_of("existing_cluster_id"), result.existing_cluster_id});
    }
    const auto own = clusters::parse_libraries(task);
    add_files(task.path_of("libraries"), own, references);
    for (const auto& library : own) libraries.push_back(clusters::to_json(library));
    result.libraries = libraries.dump();
}

int bounded(const JsonReader& task, std::string_view field, std::int64_t least) {
    const std::int64_t value = task.integer_or(field, 0);
    if (value < least || value > INT32_MAX)
        task.refuse(field, "expected a number of " + std::to_string(least) + " or more.");
    return static_cast<int>(value);
}
}  // namespace

std::span<const TaskType> task_types() {
    return kTaskTypes;
}

bool is_blank(const Json* value) {
    return !value || value->is_null() || ((value->is_array() || value->is_object()) && value->empty()) ||
           (value->is_string() && value->get_ref<const std::string&>().empty());
}

std::string derived_task_key(std::string_view text) {
    std::string key(text.substr(0, kMaxTaskKey));
    for (char& c : key)
        if (!is_task_key(std::string_view(&c, 1))) c = '_';
    return key.empty() ? "task" : key;
}

std::vector<JobCluster> parse_job_clusters(const JsonReader& settings, IgnoredNames& ignored) {
    std::vector<JobCluster> result;
    for (const JsonReader& reader : settings.objects("job_clusters")) {
        JobCluster cluster{reader.string("job_cluster_key"), ""};
        if (!is_task_key(cluster.job_cluster_key))
            reader.refuse("job_cluster_key",
                          "expected up to 100 letters, digits, '_' and '-', got '" + cluster.job_cluster_key + "'.");
        if (std::ranges::find(result, cluster.job_cluster_key, &JobCluster::job_cluster_key) != result.end())
            reader.refuse("job_cluster_key", "'" + cluster.job_cluster_key + "' is used twice.");
        const JsonReader definition = reader.object("new_cluster");
        if (!is_blank(definition.raw("libraries")))
            definition.refuse("libraries", "a job cluster takes its libraries from the tasks.");
        cluster.new_cluster = normalised(clusters::to_json(clusters::parse_cluster_definition(definition))).dump();
        std::ranges::copy(definition.unread(), std::back_inserter(ignored));
        std::ranges::copy(reader.unread(), std::back_inserter(ignored));
        result.push_back(std::move(cluster));
    }
    return result;
}

db::JobTask parse_task(const JsonReader& task, std::span<const JobCluster> job_clusters, TaskReferences& references,
                       IgnoredNames& ignored) {
    db::JobTask result;
    result.task_key = task.string("task_key");
    if (!is_task_key(result.task_key))
        task.refuse("task_key",
                    "expected up to 100 letters, digits, '_' and '-', got '" + result.task_key.substr(0, 120) + "'.");
    for (const JsonReader& dependency : task.objects("depends_on")) {
        result.depends_on.push_back(dependency.string("task_key"));
        if (dependency.has("outcome")) dependency.refuse("outcome", "conditions are not supported yet.");
        std::ranges::copy(dependency.unread(), std::back_inserter(ignored));
    }
    if (auto run_if = task.optional_string("run_if"); run_if && !run_if->empty() && *run_if != "ALL_SUCCESS")
        task.refuse("run_if", *run_if + " is not supported yet, only ALL_SUCCESS.");
    if (task.boolean_or("disabled", false)) task.refuse("disabled", "disabled tasks are not supported yet.");
    for (std::string_view field : kUnavailable)
        if (!is_blank(task.raw(field))) task.refuse(field, std::string(field) + " is not supported yet.");
    read_type(task, result, references, ignored);
    read_compute(task, job_clusters, result, references, ignored);
    result.max_retries = bounded(task, "max_retries", -1);
    result.min_retry_interval_millis = bounded(task, "min_retry_interval_millis", 0);
    result.retry_on_timeout = task.boolean_or("retry_on_timeout", false);
    result.timeout_seconds = bounded(task, "timeout_seconds", 0);
    static_cast<void>(task.optional_string("description"));
    static_cast<void>(task.optional_bool("disable_auto_optimization"));
    for (std::string_view field : kEchoedObjects) static_cast<void>(task.optional_object(field));
    std::ranges::copy(task.unread(), std::back_inserter(ignored));
    result.definition = normalised(task.json()).dump();
    return result;
}

void check_graph(const std::vector<db::JobTask>& tasks) {
    std::map<std::string, std::size_t, std::less<>> position;
    auto refuse = [](std::size_t i, const std::string& what) {
        throw ApiError::invalid_parameter("tasks[" + std::to_string(i) + "]." + what);
    };
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (!position.emplace(tasks[i].task_key, i).second)
            refuse(i, "task_key: '" + tasks[i].task_key + "' is used twice.");

    std::vector<std::size_t> open(tasks.size(), 0);
    std::vector<std::vector<std::size_t>> followers(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        std::set<std::string> seen;
        for (std::size_t d = 0; d < tasks[i].depends_on.size(); ++d) {
            const std::string& key = tasks[i].depends_on[d];
            const std::string field = "depends_on[" + std::to_string(d) + "].task_key: '" + key + "' ";
            auto found = position.find(key);
            if (found == position.end()) refuse(i, field + "is not a task of this job.");
            if (!seen.insert(key).second) refuse(i, field + "is named twice.");
            followers[found->second].push_back(i);
            ++open[i];
        }
    }
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (open[i] == 0) ready.push_back(i);
    std::size_t reached = 0;
    while (!ready.empty()) {
        const std::size_t i = ready.back();
        ready.pop_back();
        ++reached;
        for (std::size_t follower : followers[i])
            if (--open[follower] == 0) ready.push_back(follower);
    }
    if (reached == tasks.size()) return;
    const auto in_cycle =
        static_cast<std::size_t>(std::ranges::find_if(open, [](std::size_t n) { return n > 0; }) - open.begin());
    refuse(in_cycle, "depends_on: the task '" + tasks[in_cycle].task_key + "' waits for itself through others.");
}

}  // namespace stoker::api
