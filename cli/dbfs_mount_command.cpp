#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/data_folder.h"
#include "cli/start_error.h"
#include "dbfs_mount/serve.h"

namespace stoker::cli {
namespace {
struct MountOptions {
    dbfs_mount::ServeSettings settings;
    std::filesystem::path token_file;
    std::uint64_t cache_mb = 0;
    LogOptions log;
};

int serve_mount(const MountOptions& options) {
    options.log.start();
    dbfs_mount::ServeSettings settings = options.settings;
    settings.token = read_file_or_empty(options.token_file);
    settings.token.erase(settings.token.find_last_not_of('\n') + 1);
    if (settings.token.empty()) throw StartError(options.token_file.string() + ": no token can be read from it.");
    settings.cache_bytes = options.cache_mb << 20;
    dbfs_mount::serve(settings);
    return 0;
}
}  // namespace

void add_dbfs_mount_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<MountOptions>();
    CLI::App* mount = app.add_subcommand("dbfs-mount", "Serves a node's mount of DBFS; `node` starts it");
    mount->group("");  // nobody else can
    mount->add_option("--server", options->settings.server_url, "URL of the API")->required();
    mount->add_option("--server-authority", options->settings.server_authority,
                      "who vouches for it (PEM); else the machine knows");
    mount->add_option("--token-file", options->token_file, "file with the node's token")->required();
    mount->add_option("--cache", options->settings.cache_folder, "where contents of files are kept")->required();
    mount->add_option("--cache-mb", options->cache_mb, "how much of them")->required();
    mount->add_option("--owner", options->settings.owner, "OS user whom the files belong to");
    options->log.add_to(*mount);
    mount->callback([options, &action] { action = [options] { return serve_mount(*options); }; });
}

}  // namespace stoker::cli
