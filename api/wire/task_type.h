#pragma once
#include "api/wire/task.h"

namespace stoker::api {

/// What a task type asks of the task's compute.
enum class Compute {
    kNone,                  // the scheduler does it
    kCluster,               // one of existing_cluster_id, new_cluster and job_cluster_key
    kClusterOrNothing,      // without one it runs serverless
    kClusterOrEnvironment,  // without one it runs in the environment that environment_key names
    kNewCluster,
};
struct TaskType {
    std::string_view field;
    Compute compute;
};

/// The one type of the task, its fields read into `result` (task_type, source_path) and `references`. Throws ApiError
/// when there is none, or more than one.
TaskType read_task_type(const JsonReader& task, const JobParts& parts, db::JobTask& result, TaskReferences& references);

}  // namespace stoker::api
