#pragma once
#include <map>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/command_line.h"
#include "clusters/node.h"

namespace stoker::cli {

/// What `stoker node` and `stoker node join` are both told.
struct NodeOptions {
    clusters::NodeSettings settings;
    ComputeOption compute;
    LogOptions log;
    int dbfs_cache_mb = 10'240;

    NodeOptions();
    void add_to(CLI::App& command);
};

/// Until a signal. A machine that has joined needs to be told nothing: its data folder says it. Throws StartError when
/// that does not, and --dsn-file and the like are missing.
int serve_node(const NodeOptions& options);

/// `--label NAME=VALUE`, any number of times.
void add_labels_option(CLI::App& command, std::map<std::string, std::string>& labels);
/// As they are given to another process.
std::vector<std::string> label_arguments(const std::map<std::string, std::string>& labels);

std::string host_name();

}  // namespace stoker::cli
