#include "dbfs_mount/serve.h"

#include <cstdlib>
#include <stdexcept>

#include <curl/curl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/process.h"
#include "dbfs_mount/file_system.h"
#include "dbfs_mount/mount_point.h"
#include "dbfs_mount/session.h"

namespace stoker::dbfs_mount {
namespace {
constexpr unsigned kThreads = 64;  // each may wait for the server
constexpr unsigned kIdleThreads = 8;

/// As if Linux had just said it; the answer goes nowhere.
void greet(fuse_session* session) {
    struct stat status {};
    if (fstat(kGreeting, &status) != 0) throw std::runtime_error("the mount's descriptors are missing");
    fuse_buf buffer{};
    buffer.size = static_cast<std::size_t>(status.st_size);
    buffer.mem = std::malloc(buffer.size);
    if (pread(kGreeting, buffer.mem, buffer.size, 0) != status.st_size)
        throw std::runtime_error("the mount's greeting cannot be read");
    fuse_session_process_buf(session, &buffer);
    std::free(buffer.mem);
}
}  // namespace

void serve(const ServeSettings& settings) {
    clusters::become_undumpable();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    ContentCache cache(settings.cache_folder, settings.cache_bytes);
    FileSystem files(ServerFiles(settings.server_url, settings.token, settings.server_authority), cache,
                     system_clock());
    Mounted mounted{files, geteuid(), getegid()};
    if (!settings.owner.empty()) {
        const clusters::UserIds ids = clusters::ids_of(settings.owner);
        mounted.user = ids.user;
        mounted.group = ids.group;
    }
    const Session session = new_session(&mounted);
    mounted.session = session.get();
    const std::string connection = "/dev/fd/" + std::to_string(kConnection);
    if (fuse_session_mount(session.get(), connection.c_str()) != 0)
        throw std::runtime_error("the mount's connection is missing");
    greet(session.get());
    fuse_set_signal_handlers(session.get());
    // A connection a thread: when this process dies, what it was at fails at once, and the mount lives.
    const std::unique_ptr<fuse_loop_config, decltype(&fuse_loop_cfg_destroy)> loop(fuse_loop_cfg_create(),
                                                                                   &fuse_loop_cfg_destroy);
    fuse_loop_cfg_set_clone_fd(loop.get(), 1);
    fuse_loop_cfg_set_max_threads(loop.get(), kThreads);
    fuse_loop_cfg_set_idle_threads(loop.get(), kIdleThreads);
    spdlog::info("DBFS of {} is served", settings.server_url);
    fuse_session_loop_mt(session.get(), loop.get());
    fuse_remove_signal_handlers(session.get());
}

}  // namespace stoker::dbfs_mount
