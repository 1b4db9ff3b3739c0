// A worker process for tests: `test_worker LAUNCH_FILE [lease seconds] [drain grace seconds]`.
#include <cstdlib>
#include <exception>

#include <spdlog/spdlog.h>

#include "clusters/worker_launch.h"
#include "workers/worker.h"

int main(int argc, char** argv) {
    try {
        stoker::workers::WorkerSettings settings;
        settings.launch = stoker::clusters::read_worker_launch(argv[1]);
        if (argc > 2) settings.lease = std::chrono::seconds(std::atoi(argv[2]));
        if (argc > 3) settings.drain_grace = std::chrono::seconds(std::atoi(argv[3]));
        settings.kill_grace = std::chrono::milliseconds(500);
        return stoker::workers::run_worker(settings);
    } catch (const std::exception& error) {
        spdlog::critical("{}", error.what());
        return 1;
    }
}
