#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/schema/check.h"
#include "api/wire/notifications.h"
#include "clusters/policy.h"
#include "core/json_reader.h"
#include "db/job_store.h"

namespace stoker::api {

/// A job's shared cluster definitions.
struct JobCluster {
    std::string job_cluster_key;
    std::string new_cluster;   // JSON text, checked
    nlohmann::json libraries;  // of its policy, JSON array
};
/// What tasks without a cluster run in.
struct Environment {
    std::string environment_key;
    nlohmann::json libraries;  // of a serverless cluster, JSON array
};

/// What tasks may refer to in the rest of the job's settings.
struct JobParts {
    const clusters::DefinitionRules& rules;  // outlives the parsing
    std::vector<JobCluster> job_clusters = {};
    std::vector<Environment> environments = {};
    bool has_git_source = false;
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
    struct Job {
        std::string field;
        JobId job_id;
    };
    std::vector<Cluster> clusters;
    std::vector<WorkspaceFile> files;  // notebooks, files and libraries
    std::vector<Job> jobs;             // that run-job tasks start
    std::vector<DestinationReference> destinations;
    bool notifies = false;  // some task tells somebody of its runs
};

/// Both after check() of the settings.
std::vector<JobCluster> parse_job_clusters(const JsonReader& settings, const clusters::DefinitionRules& rules);
std::vector<Environment> parse_environments(const JsonReader& settings, TaskReferences& references);

/// Appends the task, and after a for-each the task that it repeats; apart from how it hangs together with others. Their
/// `definition` is what is stored and echoed. The schema of `task` has been checked.
void parse_task(const JsonReader& task, const JobParts& parts, TaskReferences& references,
                std::vector<db::JobTask>& tasks);

/// `text` with everything a task_key may not hold replaced by `_`, at most 100 characters.
std::string derived_task_key(std::string_view text);
bool is_task_key(std::string_view key);

}  // namespace stoker::api
