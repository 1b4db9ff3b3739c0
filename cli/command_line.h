#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "clusters/compute_settings.h"
#include "core/log.h"

// One function a command: it adds itself to the application and leaves in `action` what main runs once the line is
// parsed.
namespace stoker::cli {

using Action = std::function<int()>;  // returns the exit code

/// Options that every long-running command has.
struct LogOptions {
    std::string format = "text";
    std::string level = "info";
    void add_to(CLI::App& command);
    void start() const;
};

/// The operator's settings file of node types and Spark versions.
struct ComputeOption {
    std::filesystem::path file;  // "" = none
    void add_to(CLI::App& command);
    /// Throws SettingsError.
    clusters::ComputeSettings read(clusters::Interpreters interpreters) const;
};

void add_up_command(CLI::App& app, Action& action);
void add_server_command(CLI::App& app, Action& action);
void add_worker_command(CLI::App& app, Action& action);
void add_node_command(CLI::App& app, Action& action);
/// Beneath `stoker node`: what a machine does once, and what an operator does with nodes.
void add_node_join_command(CLI::App& node, Action& action);
void add_node_admin_commands(CLI::App& node, Action& action);
/// What a node that joined runs beside it.
void add_dbfs_mount_command(CLI::App& app, Action& action);
void add_db_command(CLI::App& app, Action& action);
void add_token_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);

}  // namespace stoker::cli
