#include "workers/mounts.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <unistd.h>

namespace stoker::workers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDbfs = "/dbfs";
constexpr const char* kDatabricks = "/databricks";

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void write_file(const char* path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) fail(path);
}

void enter_namespace() {
    if (::unshare(CLONE_NEWNS) == 0) return;
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) fail("unshare");
    // Everybody stays who they are: the namespace gives the right to mount, until the next program starts.
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", std::to_string(user) + " " + std::to_string(user) + " 1");
    write_file("/proc/self/gid_map", std::to_string(group) + " " + std::to_string(group) + " 1");
}

void bind(const fs::path& folder, const char* point) {
    if (::mount(folder.c_str(), point, nullptr, MS_BIND | MS_REC, nullptr) != 0) fail(point);
}

}  // namespace

void mount_for_notebooks(const clusters::WorkerLaunch& launch) {
    try {
        for (const char* point : {kDbfs, kDatabricks}) fs::create_directory(point);
        fs::create_directories(launch.work_folder / "databricks");
        enter_namespace();
        // What the machine mounts later shows here too, and nothing of this elsewhere.
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) fail("mount /");
        bind(launch.dbfs_root, kDbfs);
        bind(launch.work_folder / "databricks", kDatabricks);
    } catch (const std::system_error& error) {
        spdlog::warn("/dbfs and /databricks are not there for notebooks error=\"{}\"", error.what());
    }
}

bool is_dbfs_mounted(const clusters::WorkerLaunch& launch) {
    std::error_code none;
    return fs::equivalent(kDbfs, launch.dbfs_root, none);
}

fs::path shared_dbfs_root(const clusters::WorkerLaunch& launch) {
    return is_dbfs_mounted(launch) ? kDbfs : launch.dbfs_root;
}

}  // namespace stoker::workers
