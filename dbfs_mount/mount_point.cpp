#include "dbfs_mount/mount_point.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "clusters/command.h"
#include "dbfs_mount/session.h"

namespace fs = std::filesystem;

namespace stoker::dbfs_mount {
namespace {
/// Mounts of ours at the folder; `mountinfo` writes a blank as \040.
bool is_mounted(const fs::path& folder) {
    std::string shown;
    for (const char c : folder.string()) shown += c == ' ' ? std::string("\\040") : std::string(1, c);
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string id, parent, device, root, place;
        fields >> id >> parent >> device >> root >> place;
        if (place == shown && line.find(" - fuse.stoker ") != std::string::npos) return true;
    }
    return false;
}

void unmount(const fs::path& folder) {
    if (geteuid() == 0) {
        if (::umount2(folder.c_str(), MNT_DETACH) != 0) throw std::system_error(errno, std::generic_category(), folder);
        return;
    }
    clusters::Children children;
    const auto command =
        clusters::command_line({"fusermount3", "-u", "-z", folder.string()}, clusters::machine_environ());
    const auto result = clusters::run_command(children, command);
    if (result.status != 0) throw std::runtime_error(folder.string() + " cannot be unmounted: " + result.output);
}

/// Linux greets once: whoever serves is told what it said.
clusters::FileDescriptor receive_greeting(fuse_session* session) {
    fuse_buf buffer{};
    const int size = fuse_session_receive_buf(session, &buffer);
    if (size <= 0) throw std::runtime_error("Linux does not answer the mount of DBFS");
    clusters::FileDescriptor kept(memfd_create("greeting", MFD_CLOEXEC));
    const bool is_kept = kept && ::write(kept.get(), buffer.mem, buffer.size) == size;
    if (is_kept) fuse_session_process_buf(session, &buffer);
    std::free(buffer.mem);
    if (!is_kept) throw std::system_error(errno, std::generic_category(), "memfd_create");
    return kept;
}
}  // namespace

struct MountPoint::Impl {
    fs::path folder;
    Session session;
    clusters::FileDescriptor greeting;
};

MountPoint::MountPoint(const fs::path& folder) : impl_(std::make_unique<Impl>()) {
    fs::create_directories(fs::absolute(folder).parent_path());
    // As Linux shows it. The folder itself cannot be looked at while a dead mount is there.
    impl_->folder = fs::canonical(fs::absolute(folder).parent_path()) / folder.filename();
    while (is_mounted(impl_->folder)) unmount(impl_->folder);
    fs::create_directories(impl_->folder);
    impl_->session = new_session(nullptr);
    if (fuse_session_mount(impl_->session.get(), impl_->folder.c_str()) != 0)
        throw std::runtime_error("the server's DBFS cannot be mounted at " + impl_->folder.string() +
                                 ": that takes /dev/fuse and the right to mount (as root, or the package fuse3). "
                                 "--dbfs-root names a folder that is used instead.");
    try {
        impl_->greeting = receive_greeting(impl_->session.get());
    } catch (...) {
        fuse_session_unmount(impl_->session.get());
        throw;
    }
}

MountPoint::~MountPoint() {
    try {
        unmount(impl_->folder);
    } catch (const std::exception& error) {
        spdlog::warn("DBFS stays mounted cause=\"{}\"", error.what());
    }
}

std::vector<std::pair<int, int>> MountPoint::descriptors() const {
    return {{fuse_session_fd(impl_->session.get()), kConnection}, {impl_->greeting.get(), kGreeting}};
}

}  // namespace stoker::dbfs_mount
