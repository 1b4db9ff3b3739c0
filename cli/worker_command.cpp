#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "clusters/worker_launch.h"
#include "workers/worker.h"

namespace stoker::cli {

void add_worker_command(CLI::App& app, Action& action) {
    auto launch = std::make_shared<std::filesystem::path>();
    auto log = std::make_shared<LogOptions>();
    CLI::App* worker = app.add_subcommand("worker", "Runs the task runs of one cluster; started by a node");
    worker->add_option("--launch", *launch, "launch file that the node wrote")->required()->check(CLI::ExistingFile);
    log->add_to(*worker);
    worker->callback([launch, log, &action] {
        action = [launch, log] {
            log->start();
            workers::WorkerSettings settings;
            settings.launch = clusters::read_worker_launch(*launch);
            return workers::run_worker(settings);
        };
    });
}

}  // namespace stoker::cli
