#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/api_option.h"
#include "cli/command_line.h"

namespace stoker::cli {
namespace {
constexpr const char* kNodes = "/api/stoker/v1/nodes";

struct AdminOptions {
    ApiOption api;
    std::string node_id;
    int lifetime_minutes = 60;
};

int list(const AdminOptions& options) {
    const auto answer = options.api.client().ask("GET", kNodes);
    for (const auto& node : answer.at("nodes")) {
        std::cout << node.at("node_id").get<std::string>() << '\t' << node.at("state").get<std::string>() << '\t'
                  << node.at("host").get<std::string>() << '\t' << node.at("cores") << " cores\t"
                  << node.at("memory_mb") << " MB\t" << node.at("workers") << " workers\t" << node.at("task_runs")
                  << " runs";
        if (node.at("gpus") > 0) std::cout << '\t' << node.at("gpus") << " GPUs";
        for (const auto& [name, value] : node.at("labels").items())
            std::cout << '\t' << name << '=' << value.get<std::string>();
        std::cout << '\n';
    }
    return 0;
}

std::string path_of(const std::string& node_id) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string path = std::string(kNodes) + "/";
    for (const char c : node_id) {
        const auto byte = static_cast<unsigned char>(c);
        if (kPlain.find(c) != std::string_view::npos)
            path += c;
        else
            path += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return path;
}

int post(const AdminOptions& options, const std::string& what) {
    options.api.client().ask("POST", path_of(options.node_id) + "/" + what);
    return 0;
}

int remove(const AdminOptions& options) {
    options.api.client().ask("DELETE", path_of(options.node_id));
    return 0;
}

int create_token(const AdminOptions& options) {
    const auto answer = options.api.client().ask("POST", std::string(kNodes) + "/tokens",
                                                 {{"lifetime_seconds", options.lifetime_minutes * 60}});
    // The token alone on standard output, so that a script can take it as it is.
    std::cout << answer.at("token").get<std::string>() << std::endl;
    std::cerr << "Good for one machine and " << options.lifetime_minutes
              << " minutes: stoker node join --server URL --token …" << std::endl;
    return 0;
}

void add_change(CLI::App& node, Action& action, const std::shared_ptr<AdminOptions>& options, const std::string& name,
                const std::string& description) {
    CLI::App* command = node.add_subcommand(name, description);
    command->add_option("node", options->node_id, "as `list` names it")->required();
    options->api.add_to(*command);
    command->callback([options, name, &action] { action = [options, name] { return post(*options, name); }; });
}
}  // namespace

void add_node_admin_commands(CLI::App& node, Action& action) {
    auto options = std::make_shared<AdminOptions>();
    CLI::App* listing =
        node.add_subcommand("list", "The nodes: name, state, host, size, workers, runs, GPUs and labels");
    options->api.add_to(*listing);
    listing->callback([options, &action] { action = [options] { return list(*options); }; });
    add_change(node, action, options, "cordon", "No new workers for a node");
    add_change(node, action, options, "uncordon", "Workers again for a node");
    add_change(node, action, options, "drain", "No new workers; those it has leave once their runs have ended");
    CLI::App* removing =
        node.add_subcommand("remove", "Takes its access from a node that joined; its runs are given up");
    removing->add_option("node", options->node_id, "as `list` names it")->required();
    options->api.add_to(*removing);
    removing->callback([options, &action] { action = [options] { return remove(*options); }; });
    CLI::App* token = node.add_subcommand("token", "What machines join with");
    token->require_subcommand(1);
    CLI::App* creating = token->add_subcommand("create", "Make a join token and print it; only its hash is stored");
    creating->add_option("--lifetime-minutes", options->lifetime_minutes, "how long it is good for")
        ->check(CLI::Range(1, 10'080))
        ->capture_default_str();
    options->api.add_to(*creating);
    creating->callback([options, &action] { action = [options] { return create_token(*options); }; });
}

}  // namespace stoker::cli
