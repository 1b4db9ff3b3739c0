#include <array>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/command_line.h"
#include "cli/data_folder.h"
#include "clusters/node.h"

namespace stoker::cli {
namespace {
std::string host_name() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

int serve(clusters::NodeSettings settings, const ComputeOption& compute, const LogOptions& log) {
    log.start();
    settings.compute = compute.read(clusters::Interpreters::kHere);
    settings.host = host_name();
    if (settings.node_id.empty()) settings.node_id = settings.host;
    settings.dbfs_root = settings.data_folder / "storage/dbfs";
    if (settings.sealing_key_file.empty()) settings.sealing_key_file = settings.data_folder / "secrets/sealing_key";
    return clusters::run_node(settings);
}
}  // namespace

void add_node_command(CLI::App& app, Action& action) {
    auto settings = std::make_shared<clusters::NodeSettings>();
    auto compute = std::make_shared<ComputeOption>();
    auto log = std::make_shared<LogOptions>();
    settings->data_folder = default_data_folder();
    CLI::App* node = app.add_subcommand(
        "node", "Prepares environments and keeps the workers of clusters alive on this machine; `up` starts one");
    node->add_option("--data-dir", settings->data_folder, "where environments, jars and run folders are kept")
        ->capture_default_str();
    node->add_option("--dsn-file", settings->dsn_file, "file with the connection string of the role stoker_worker")
        ->required();
    node->add_option("--sealing-key-file", settings->sealing_key_file,
                     "key that the servers seal Git credentials with; else secrets/sealing_key in the data folder");
    node->add_option("--server-url", settings->server_url, "what kernels call for MLflow and the API")->required();
    node->add_option("--metastore-uri", settings->metastore_uri,
                     "thrift://host:port of a Hive metastore, the catalog of tables that clusters share; without it "
                     "tables are known to one driver and end with it");
    node->add_option("--workspace-id", settings->workspace_id, "numeric id that notebooks see")->capture_default_str();
    node->add_option("--kernel-path", settings->kernel_path, "folder that holds stoker_kernel/")->required();
    node->add_option("--kernel-user", settings->kernel_user, "as root: OS user of notebooks and Spark");
    node->add_option("--node-id", settings->node_id, "stable name of this node; else the machine's");
    node->add_option("--python", settings->python, "interpreter that environments are made with; else searched for");
    node->add_option("--uv", settings->uv, "the program uv; else searched for, or fetched once");
    node->add_option("--uv-cache", settings->uv_cache, "uv's cache of packages");
    compute->add_to(*node);
    node->add_option("--kept-days", settings->kept_days,
                     "environments and jars that no cluster has used for longer are removed")
        ->check(CLI::Range(1, 36'500))
        ->capture_default_str();
    log->add_to(*node);
    node->callback([settings, compute, log, &action] {
        action = [settings, compute, log] { return serve(*settings, *compute, *log); };
    });
}

}  // namespace stoker::cli
