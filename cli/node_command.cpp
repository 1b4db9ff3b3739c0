#include <array>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/ca_bundle.h"
#include "cli/data_folder.h"
#include "cli/kernel_package.h"
#include "cli/node_address.h"
#include "cli/node_dbfs.h"
#include "cli/node_identity.h"
#include "cli/node_options.h"
#include "cli/node_tables.h"
#include "cli/os_user.h"
#include "cli/start_error.h"

namespace stoker::cli {
namespace {
constexpr const char* kKernelUser = "stoker-kernel";

void take_identity(const NodeIdentity& identity, clusters::NodeSettings& settings) {
    settings.node_id = identity.node_id;
    settings.server_url = identity.server_url;
    settings.workspace_id = identity.workspace_id;
    if (settings.metastore_uri.empty()) settings.metastore_uri = identity.metastore_uri;
    if (settings.dbfs_root.empty()) settings.dbfs_root = identity.dbfs_root;
    const auto authority = api_authority_file(settings.data_folder);
    if (settings.server_authority.empty() && !read_file_or_empty(authority).empty())
        settings.server_authority = authority;
    if (settings.labels.empty()) settings.labels = identity.labels;
    if (settings.address.empty()) settings.address = identity.address;
    settings.dsn_file = node_dsn_file(settings.data_folder);
    if (!node_token(settings.data_folder).empty()) settings.node_token_file = node_token_file(settings.data_folder);
    settings.kernel_path = unpack_kernel_package(settings.data_folder / "kernel");
    settings.kernel_user =
        usable_user(settings.kernel_user.empty() ? kKernelUser : settings.kernel_user, "kernels run");
}

void must_be_told(bool known, const char* option, const char* what) {
    if (known) return;
    throw StartError(std::string(option) + " is missing, " + what +
                     ". A machine that joins with `stoker node join` needs no such option.");
}
}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

NodeOptions::NodeOptions() {
    settings.data_folder = default_data_folder();
}

void NodeOptions::add_to(CLI::App& command) {
    command.add_option("--data-dir", settings.data_folder, "where environments, jars and run folders are kept")
        ->capture_default_str();
    command.add_option("--dbfs-root", settings.dbfs_root,
                       "folder of DBFS, the one that the servers have, as it is mounted here; else a node that joined "
                       "mounts theirs, and others have storage/dbfs in the data folder");
    command
        .add_option("--dbfs-cache-mb", dbfs_cache_mb,
                    "of a node that mounts DBFS: how much of its files is kept on this machine")
        ->check(CLI::Range(1, 1'000'000'000))
        ->capture_default_str();
    command.add_option("--metastore-uri", settings.metastore_uri,
                       "thrift://host:port of a Hive metastore, the catalog of tables that clusters share; else a node "
                       "that joined has the server's, and on others tables are known to one driver and end with it");
    command.add_option("--kernel-user", settings.kernel_user, "as root: OS user of notebooks and Spark");
    command
        .add_option("--address", settings.address,
                    "IP address or name by which other nodes reach this machine, for the Spark of clusters that both "
                    "have workers of; else the one by which it reaches the database")
        ->check([](const std::string& given) {
            return is_wildcard(given) ? given + " is no address at which others reach this machine" : "";
        });
    command.add_option("--node-id", settings.node_id, "stable name of this node; else the machine's");
    command.add_option("--python", settings.python, "interpreter that environments are made with; else searched for");
    command.add_option("--uv", settings.uv, "the program uv; else searched for, or fetched once");
    command.add_option("--uv-cache", settings.uv_cache, "uv's cache of packages");
    command
        .add_option("--kept-days", settings.kept_days,
                    "environments and jars that no cluster has used for longer are removed")
        ->check(CLI::Range(1, 36'500))
        ->capture_default_str();
    add_labels_option(command, settings.labels);
    compute.add_to(command);
    log.add_to(command);
}

void add_labels_option(CLI::App& command, std::map<std::string, std::string>& labels) {
    const auto add = [&labels](const std::vector<std::string>& given) {
        for (const std::string& text : given) {
            const std::size_t equals = text.find('=');
            if (equals == 0 || equals == std::string::npos)
                throw CLI::ValidationError("--label", text + " is not NAME=VALUE");
            labels[text.substr(0, equals)] = text.substr(equals + 1);
        }
    };
    command
        .add_option_function<std::vector<std::string>>(
            "--label", add, "NAME=VALUE by which node types of the settings find this machine; may be given again")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<std::string> label_arguments(const std::map<std::string, std::string>& labels) {
    std::vector<std::string> arguments;
    for (const auto& [name, value] : labels) arguments.insert(arguments.end(), {"--label", name + "=" + value});
    return arguments;
}

int serve_node(const NodeOptions& options) {
    clusters::NodeSettings settings = options.settings;
    options.log.start();
    settings.compute = options.compute.read(clusters::Interpreters::kHere);
    std::optional<NodeIdentity> identity;
    if (settings.dsn_file.empty()) identity = NodeIdentity::read(settings.data_folder);
    if (identity) take_identity(*identity, settings);
    must_be_told(!settings.dsn_file.empty(), "--dsn-file",
                 "a file with the connection string of the role stoker_worker");
    must_be_told(!settings.server_url.empty(), "--server-url", "what kernels call for MLflow and the API");
    must_be_told(!settings.kernel_path.empty(), "--kernel-path", "the folder that holds stoker_kernel/");
    if (!settings.server_authority.empty())
        settings.server_authority = std::filesystem::absolute(settings.server_authority);
    settings.ca_bundle = write_ca_bundle(settings.data_folder, read_file_or_empty(settings.server_authority));
    settings.host = host_name();
    if (settings.node_id.empty()) settings.node_id = settings.host;
    std::vector<clusters::Companion> companions;
    if (identity && settings.dbfs_root.empty()) companions.push_back(dbfs_of_server(options.dbfs_cache_mb));
    if (identity && settings.metastore_uri.empty() && identity->has_tables) companions.push_back(tables_of_server());
    if (settings.dbfs_root.empty()) settings.dbfs_root = settings.data_folder / "storage/dbfs";
    if (settings.sealing_key_file.empty()) settings.sealing_key_file = settings.data_folder / "secrets/sealing_key";
    return clusters::run_node(settings, companions);
}

void add_node_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<NodeOptions>();
    clusters::NodeSettings& settings = options->settings;
    CLI::App* node = app.add_subcommand(
        "node", "Prepares environments and keeps the workers of clusters alive on this machine; `up` starts one");
    node->footer(
        "On another machine:\n  stoker node token create                  beside the server: a token, good for one "
        "hour\n  stoker node join --server URL --token …    there\n  stoker node                               there, "
        "from then on");
    node->add_option("--dsn-file", settings.dsn_file, "file with the connection string of the role stoker_worker");
    node->add_option("--sealing-key-file", settings.sealing_key_file,
                     "key that the servers seal Git credentials with; else secrets/sealing_key in the data folder");
    node->add_option("--server-url", settings.server_url, "what kernels call for MLflow and the API");
    node->add_option("--server-authority", settings.server_authority,
                     "who vouches for a --server-url with TLS (PEM); else the machine's own authorities do")
        ->check(CLI::ExistingFile);
    node->add_option("--workspace-id", settings.workspace_id, "numeric id that notebooks see")->capture_default_str();
    node->add_option("--kernel-path", settings.kernel_path, "folder that holds stoker_kernel/");
    options->add_to(*node);
    node->require_subcommand(0, 1);
    add_node_join_command(*node, action);
    add_node_admin_commands(*node, action);
    node->callback([options, node, &action] {
        if (node->get_subcommands().empty()) action = [options] { return serve_node(*options); };
    });
}

}  // namespace stoker::cli
