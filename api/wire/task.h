#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_reader.h"
#include "db/job_store.h"

namespace stoker::api {

/// A task type of the reference; those that this version does not run are refused by name.
struct TaskType {
    std::string_view field;
    bool is_supported;
};
std::span<const TaskType> task_types();

/// A job's shared cluster definitions.
struct JobCluster {
    std::string job_cluster_key;
    std::string new_cluster;  // JSON text, checked
};

/// What a task names of things outside the request, for the endpoint to check against the database.
struct TaskReferences {
    struct Cluster {
        std::string field;  // path in the request
        std::string cluster_id;
    };
    struct WorkspaceFile {
        std::string field;
        std::string path;  // without the /Workspace prefix
    };
    std::vector<Cluster> clusters;
    std::vector<WorkspaceFile> files;  // notebooks and libraries
};

/// Unread fields of everything that was parsed.
using IgnoredNames = std::vector<std::string>;

std::vector<JobCluster> parse_job_clusters(const JsonReader& settings, IgnoredNames& ignored);
/// One task, apart from how it hangs together with others. `definition` is what is stored and echoed.
db::JobTask parse_task(const JsonReader& task, std::span<const JobCluster> job_clusters, TaskReferences& references,
                       IgnoredNames& ignored);
/// Unique keys, known and acyclic dependencies.
void check_graph(const std::vector<db::JobTask>& tasks);

/// `text` with everything a task_key may not hold replaced by `_`, at most 100 characters.
std::string derived_task_key(std::string_view text);

/// null, {}, [] and "": as good as not sent.
bool is_blank(const nlohmann::json* value);

}  // namespace stoker::api
