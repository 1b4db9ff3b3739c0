#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "clusters/worker_launch.h"
#include "workers/job_profile.h"

namespace stoker::workers {

/// All that a worker process goes by. Times are defaults of production; tests shorten them.
struct WorkerSettings {
    clusters::WorkerLaunch launch;
    std::chrono::seconds lease{15};
    std::chrono::seconds sweep{5};                // behind a lost NOTIFY
    std::chrono::milliseconds kill_grace{5000};   // between SIGTERM and SIGKILL
    std::chrono::seconds drain_grace{30};         // for runs under way when the worker is told to leave
    std::chrono::seconds kernel_wait{120};        // for a kernel to run in
    std::chrono::seconds model_wait{60};          // for a model that is being loaded into a zygote
    std::chrono::seconds init_script_time{1200};  // that each script has
    std::size_t shared_kernels = 32;              // that wait for a next run
    int max_claim = 64;
    int database_connections = 3;
    GrowthLimits growth;
    std::vector<std::string> imports = {"numpy", "pandas", "pyspark.sql", "mlflow.pyfunc"};
};

}  // namespace stoker::workers
