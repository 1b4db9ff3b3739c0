#include "api/wire/task.h"

#include <algorithm>

#include "api/schema/common.h"
#include "api/wire/normalise.h"
#include "api/wire/task_type.h"
#include "clusters/cluster_definition.h"
#include "clusters/library.h"
#include "core/error.h"
#include "core/value_references.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

constexpr std::size_t kMaxTaskKey = 100;
/// How long the cluster of serverless tasks waits for the next one.
constexpr int kServerlessIdleMinutes = 10;

void add_files(const std::string& field, const std::vector<clusters::Library>& libraries, TaskReferences& references) {
    for (std::size_t i = 0; i < libraries.size(); ++i)
        if (auto path = clusters::workspace_path_of(libraries[i]))
            references.files.push_back({field + "[" + std::to_string(i) + "]", *path});
}

std::string serverless_cluster(const clusters::Catalog& catalog) {
    return Json{{"spark_version", catalog.spark_versions().front().key},
                {"node_type_id", catalog.default_node_type()},
                {"num_workers", 0},
                {"autotermination_minutes", kServerlessIdleMinutes}}
        .dump();
}

/// The clusters that the task names; nothing for a task that needs none, or runs serverless.
class ComputeReader {
  public:
    ComputeReader(const JsonReader& task, const TaskType& type, const JobParts& parts, db::JobTask& result,
                  TaskReferences& references)
        : task_(task), type_(type), parts_(parts), result_(result), references_(references) {}

    void read() {
        result_.existing_cluster_id = task_.optional_string("existing_cluster_id").value_or("");
        result_.job_cluster_key = task_.optional_string("job_cluster_key").value_or("");
        const auto new_cluster = task_.optional_object("new_cluster");
        const std::string environment_key = task_.optional_string("environment_key").value_or("");
        const int given =
            !result_.existing_cluster_id.empty() + !result_.job_cluster_key.empty() + new_cluster.has_value();
        if (given > 1)
            task_.refuse(new_cluster ? "new_cluster" : "existing_cluster_id",
                         "only one of existing_cluster_id, new_cluster and job_cluster_key may be sent.");
        if (given == 1 && !environment_key.empty())
            task_.refuse("environment_key", "a task on a cluster takes its packages from libraries.");
        if (type_.compute == Compute::kNone) return refuse_compute(given > 0 || !environment_key.empty());
        if (type_.compute == Compute::kNewCluster && !new_cluster && result_.job_cluster_key.empty())
            task_.refuse("new_cluster", std::string(type_.field) + " needs a new_cluster.");
        if (given == 0 && read_warehouse()) return read_existing();
        if (given == 0) return read_serverless(environment_key);
        if (new_cluster) return read_new(*new_cluster);
        if (!result_.job_cluster_key.empty()) return read_shared();
        read_existing();
    }

  private:
    void refuse_compute(bool is_given) const {
        if (is_given)
            task_.refuse("existing_cluster_id", "a " + std::string(type_.field) + " runs on no cluster; send none.");
        if (!is_blank(task_.raw("libraries")))
            task_.refuse("libraries", "a " + std::string(type_.field) + " runs on no cluster and has no libraries.");
    }

    /// SQL warehouses are clusters here.
    bool read_warehouse() {
        if (type_.field != "sql_task" && type_.field != "dbt_task") return false;
        result_.existing_cluster_id = task_.object(type_.field).optional_string("warehouse_id").value_or("");
        return !result_.existing_cluster_id.empty();
    }

    void read_serverless(const std::string& environment_key) {
        const bool needs_key = type_.compute == Compute::kClusterOrEnvironment && environment_key.empty();
        if (type_.compute == Compute::kCluster || needs_key)
            task_.refuse("existing_cluster_id",
                         "the task needs a cluster: existing_cluster_id, new_cluster or job_cluster_key" +
                             std::string(needs_key ? "; or an environment_key to run without one." : "."));
        Json libraries = Json::array();
        if (!environment_key.empty()) {
            auto found = std::ranges::find(parts_.environments, environment_key, &Environment::environment_key);
            if (found == parts_.environments.end())
                task_.refuse("environment_key", "'" + environment_key + "' is not among environments.");
            libraries = found->libraries;
        }
        result_.serverless = true;
        result_.new_cluster = serverless_cluster(parts_.rules.catalog);
        result_.libraries = with_own(std::move(libraries)).dump();
    }

    void read_new(const JsonReader& sent) {
        const auto definition = clusters::parse_governed_definition(sent, clusters::ClusterType::kJob, parts_.rules);
        add_files(sent.path_of("libraries"), definition.libraries, references_);
        result_.new_cluster = normalised(clusters::to_json(definition), schema::kNewCluster).dump();
        result_.libraries = with_own(clusters::libraries_json(definition.libraries)).dump();
    }

    void read_shared() {
        auto found = std::ranges::find(parts_.job_clusters, result_.job_cluster_key, &JobCluster::job_cluster_key);
        if (found == parts_.job_clusters.end())
            task_.refuse("job_cluster_key", "'" + result_.job_cluster_key + "' is not among job_clusters.");
        result_.new_cluster = found->new_cluster;
        result_.libraries = with_own(found->libraries).dump();
    }

    void read_existing() {
        references_.clusters.push_back({task_.path_of("existing_cluster_id"), result_.existing_cluster_id});
        result_.libraries = with_own(Json::array()).dump();
    }

    Json with_own(Json libraries) const {
        const auto own = clusters::parse_libraries(task_);
        add_files(task_.path_of("libraries"), own, references_);
        for (const auto& library : own) libraries.push_back(clusters::to_json(library));
        return libraries;
    }

    const JsonReader& task_;
    const TaskType& type_;
    const JobParts& parts_;
    db::JobTask& result_;
    TaskReferences& references_;
};

void read_dependencies(const JsonReader& task, db::JobTask& result) {
    for (const JsonReader& dependency : task.objects("depends_on")) {
        result.depends_on.push_back(dependency.string("task_key"));
        const auto outcome = dependency.optional_string("outcome");
        result.outcomes.push_back(outcome && !outcome->empty() ? outcome : std::nullopt);
    }
    if (const auto run_if = task.optional_string("run_if"); run_if && !run_if->empty()) result.run_if = *run_if;
}

void parse_nested(const JsonReader& for_each, const JobParts& parts, TaskReferences& references,
                  std::vector<db::JobTask>& tasks) {
    const int owner = static_cast<int>(tasks.size()) - 1;
    const JsonReader nested = for_each.object("task");
    if (nested.has("for_each_task") || nested.has("condition_task"))
        nested.refuse(nested.has("for_each_task") ? "for_each_task" : "condition_task",
                      "cannot be repeated by a for-each.");
    if (!is_blank(nested.raw("depends_on")))
        nested.refuse("depends_on", "the task of a for-each depends on nothing; the for-each may.");
    parse_task(nested, parts, references, tasks);
    tasks.back().nested_in = owner;
}
}  // namespace

bool is_task_key(std::string_view key) {
    return !key.empty() && key.size() <= kMaxTaskKey && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
}

std::string derived_task_key(std::string_view text) {
    std::string key(text.substr(0, kMaxTaskKey));
    for (char& c : key)
        if (!is_task_key(std::string_view(&c, 1))) c = '_';
    return key.empty() ? "task" : key;
}

std::vector<JobCluster> parse_job_clusters(const JsonReader& settings, const clusters::DefinitionRules& rules) {
    std::vector<JobCluster> result;
    for (const JsonReader& reader : settings.objects("job_clusters")) {
        JobCluster cluster{reader.string("job_cluster_key"), "", {}};
        if (!is_task_key(cluster.job_cluster_key))
            reader.refuse("job_cluster_key",
                          "expected up to 100 letters, digits, '_' and '-', got '" + cluster.job_cluster_key + "'.");
        if (std::ranges::find(result, cluster.job_cluster_key, &JobCluster::job_cluster_key) != result.end())
            reader.refuse("job_cluster_key", "'" + cluster.job_cluster_key + "' is used twice.");
        const JsonReader definition = reader.object("new_cluster");
        if (!is_blank(definition.raw("libraries")))
            definition.refuse("libraries", "a job cluster takes its libraries from the tasks.");
        const auto governed = clusters::parse_governed_definition(definition, clusters::ClusterType::kJob, rules);
        cluster.new_cluster = normalised(clusters::to_json(governed), schema::kNewCluster).dump();
        cluster.libraries = clusters::libraries_json(governed.libraries);
        result.push_back(std::move(cluster));
    }
    return result;
}

void parse_task(const JsonReader& task, const JobParts& parts, TaskReferences& references,
                std::vector<db::JobTask>& tasks) {
    db::JobTask result;
    result.task_key = task.string("task_key");
    if (!is_task_key(result.task_key))
        task.refuse("task_key",
                    "expected up to 100 letters, digits, '_' and '-', got '" + result.task_key.substr(0, 120) + "'.");
    read_dependencies(task, result);
    const TaskType type = read_task_type(task, parts, result, references);
    ComputeReader(task, type, parts, result, references).read();
    result.disabled = task.boolean_or("disabled", false);
    result.max_retries = static_cast<int>(task.integer_or("max_retries", 0));
    if (type.field == "condition_task" && result.max_retries != 0)
        task.refuse("max_retries", "a condition_task is not tried again.");
    result.min_retry_interval_millis = task.integer_or("min_retry_interval_millis", 0);
    result.retry_on_timeout = task.boolean_or("retry_on_timeout", false);
    result.timeout_seconds = static_cast<int>(task.integer_or("timeout_seconds", 0));
    if (parse_notifications(task, references.destinations)) references.notifies = true;
    result.definition = task.json().dump();
    result.has_references = has_references(result.definition);
    tasks.push_back(std::move(result));
    if (type.field == "for_each_task") parse_nested(task.object("for_each_task"), parts, references, tasks);
}

}  // namespace stoker::api
