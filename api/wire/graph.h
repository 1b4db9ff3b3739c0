#pragma once
#include <vector>

#include "db/job_store.h"

namespace stoker::api {

/// How the tasks of a job hang together: unique keys, known and acyclic dependencies, outcomes of conditions only,
/// value references to tasks of the job only. Throws ApiError with the path of what is wrong.
void check_graph(const std::vector<db::JobTask>& tasks);

}  // namespace stoker::api
