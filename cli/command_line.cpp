#include "cli/command_line.h"

#include <CLI/CLI.hpp>

namespace stoker::cli {

void LogOptions::add_to(CLI::App& command) {
    command.add_option("--log-format", format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command.add_option("--log-level", level, "debug, info, warn or error")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
        ->capture_default_str();
}

void LogOptions::start() const {
    start_log(format == "json" ? LogFormat::kJson : LogFormat::kText, level);
}

void ComputeOption::add_to(CLI::App& command) {
    command.add_option("--settings", file,
                       "YAML file of node types, Spark versions and pod templates (docs/operations/compute.md)");
}

clusters::ComputeSettings ComputeOption::read(clusters::Interpreters interpreters) const {
    return file.empty() ? clusters::ComputeSettings{} : clusters::read_compute_settings(file, interpreters);
}

}  // namespace stoker::cli
