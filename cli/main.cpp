#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace {
/// libpq's messages run over several lines; an operator's log wants one.
std::string on_one_line(std::string_view text) {
    std::string line;
    for (char c : text) {
        const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (!is_space)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    return line.substr(0, line.find_last_not_of(' ') + 1);
}
}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Stoker: your Databricks jobs on your own machines.\n\n"
        "  stoker up                         everything in one place, for one machine\n"
        "  stoker token create               another API token\n"
        "  stoker doctor                     what this machine has and lacks\n",
        "stoker"};
    app.set_version_flag("--version", "stoker " STOKER_VERSION);
    app.require_subcommand(1);
    stoker::cli::Action action;
    stoker::cli::add_up_command(app, action);
    stoker::cli::add_server_command(app, action);
    stoker::cli::add_node_command(app, action);
    stoker::cli::add_worker_command(app, action);
    stoker::cli::add_dbfs_mount_command(app, action);
    stoker::cli::add_db_command(app, action);
    stoker::cli::add_token_command(app, action);
    stoker::cli::add_doctor_command(app, action);
    CLI11_PARSE(app, argc, argv);
    try {
        return action();
    } catch (const std::exception& failure) {
        std::cerr << "stoker: " << on_one_line(failure.what()) << std::endl;
        return 1;
    }
}
