#pragma once
#include "clusters/worker_launch.h"

namespace stoker::workers {

/// Gives this process, and all that it starts, mounts of its own: the DBFS root at /dbfs, and a folder of the worker at
/// /databricks. By a mount namespace as root, else by a user namespace; where neither is allowed, or the mount points
/// are not there and cannot be made, the process stays as it is and the log says why. Call it before the first thread.
void mount_for_notebooks(const clusters::WorkerLaunch& launch);

/// Whether /dbfs is the DBFS root.
bool is_dbfs_mounted(const clusters::WorkerLaunch& launch);

/// The DBFS root, by a name that is good in all workers of a cluster, on whatever node: where nothing can be mounted
/// they share the root's own.
std::filesystem::path shared_dbfs_root(const clusters::WorkerLaunch& launch);

}  // namespace stoker::workers
