#pragma once
#include "workers/settings.h"

namespace stoker::workers {

/// The `stoker worker` process: claims and runs task runs of its cluster until it is told to stop or its cluster's
/// generation is over. SIGTERM and SIGINT drain; a second one ends everything at once. Returns the exit status; throws
/// what makes a start impossible.
int run_worker(const WorkerSettings& settings);

}  // namespace stoker::workers
