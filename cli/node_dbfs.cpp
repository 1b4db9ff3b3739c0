#include "cli/node_dbfs.h"

#include <spdlog/spdlog.h>

#include "cli/data_folder.h"
#include "cli/node_identity.h"
#include "cli/start_error.h"
#include "cli/supervised_child.h"
#include "clusters/command.h"
#include "dbfs_mount/mount_point.h"

namespace fs = std::filesystem;
namespace net = boost::asio;

namespace stoker::cli {
namespace {
/// The mount outlives each process that serves it.
struct ServedMount {
    ServedMount(net::any_io_executor executor, clusters::Children& children, const clusters::NodeSettings& settings,
                int cache_mb)
        : mount(settings.dbfs_root), server(executor, "dbfs-mount", command(settings, cache_mb), children) {
        server.start();
    }

    clusters::SpawnRequest command(const clusters::NodeSettings& settings, int cache_mb) const {
        clusters::SpawnRequest request;
        request.argv = {fs::read_symlink("/proc/self/exe").string(),
                        "dbfs-mount",
                        "--server",
                        settings.server_url,
                        "--token-file",
                        node_token_file(settings.data_folder).string(),
                        "--cache",
                        (settings.data_folder / "dbfs_cache").string(),
                        "--cache-mb",
                        std::to_string(cache_mb)};
        if (!settings.server_authority.empty())
            request.argv.insert(request.argv.end(), {"--server-authority", settings.server_authority.string()});
        if (!settings.kernel_user.empty()) request.argv.insert(request.argv.end(), {"--owner", settings.kernel_user});
        request.environ = clusters::machine_environ();
        request.descriptors = mount.descriptors();
        return request;
    }

    dbfs_mount::MountPoint mount;
    SupervisedChild server;
};
}  // namespace

clusters::Companion dbfs_of_server(int cache_mb) {
    return [cache_mb](net::any_io_executor executor, clusters::Children& children,
                      clusters::NodeSettings& settings) -> std::shared_ptr<void> {
        if (settings.node_token_file.empty()) {
            spdlog::warn(
                "this node joined before nodes had a token for the server's files: {} is its own, not the server's "
                "DBFS. Let it join anew, or name --dbfs-root.",
                settings.dbfs_root.string());
            fs::create_directories(settings.dbfs_root);
            give_to(settings.dbfs_root, settings.kernel_user);
            return nullptr;
        }
        try {
            return std::make_shared<ServedMount>(executor, children, settings, cache_mb);
        } catch (const std::runtime_error& error) {
            throw StartError(error.what());
        }
    };
}

}  // namespace stoker::cli
