#include "clusters/closed_tree.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clusters/file_descriptor.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path) {
    throw std::system_error(errno, std::generic_category(), path.string());
}

/// Asked of the kernel: links may lead over other links.
bool leads_out(const FileDescriptor& tree, const fs::path& link) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const FileDescriptor reached(static_cast<int>(syscall(SYS_openat2, tree.get(), link.c_str(), &how, sizeof how)));
    return !reached && errno != ENOENT && errno != ENOTDIR;
}

void write_as_text(const fs::path& link) {
    const std::string target = fs::read_symlink(link);
    fs::remove(link);
    std::ofstream file(link, std::ios::binary);
    file << target;
    file.close();
    if (!file) fail(link);
}

void give_to_root(const fs::path& path) {
    if (geteuid() == 0 && lchown(path.c_str(), 0, 0) < 0) fail(path);
}

void close_to_writers(const fs::path& path, mode_t mode) {
    give_to_root(path);
    if (chmod(path.c_str(), mode) < 0) fail(path);
}

}  // namespace

std::uint64_t close_tree(const fs::path& tree) {
    const FileDescriptor folder(open(tree.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) fail(tree);
    std::vector<fs::path> links, others;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree))
        (entry.is_symlink() ? links : others).push_back(entry.path());
    std::vector<fs::path> leading_out;
    for (const fs::path& link : links)
        if (leads_out(folder, link.lexically_relative(tree))) leading_out.push_back(link);
    // Only now: what one link leads to is not changed under another.
    for (const fs::path& link : leading_out) {
        write_as_text(link);
        others.push_back(link);
    }
    std::uint64_t bytes = 0;
    for (const fs::path& path : others) {
        struct stat status {};
        if (lstat(path.c_str(), &status) < 0) fail(path);
        if (S_ISREG(status.st_mode)) {
            bytes += static_cast<std::uint64_t>(status.st_size);
            close_to_writers(path, (status.st_mode & 0111) ? 0555 : 0444);
        } else if (!S_ISDIR(status.st_mode)) {
            fs::remove(path);
        }
    }
    for (const fs::path& link : links) give_to_root(link);
    for (const fs::path& path : others)
        if (fs::is_directory(fs::symlink_status(path))) close_to_writers(path, 0555);
    close_to_writers(tree, 0555);
    return bytes;
}

void link_tree(const fs::path& tree, const fs::path& copy) {
    std::vector<fs::path> folders{copy};
    fs::create_directory(copy);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree)) {
        const fs::path to = copy / entry.path().lexically_relative(tree);
        if (entry.is_directory() && !entry.is_symlink()) {
            fs::create_directory(to);
            folders.push_back(to);
        } else if (linkat(AT_FDCWD, entry.path().c_str(), AT_FDCWD, to.c_str(), 0) < 0) {
            fail(to);
        }
    }
    for (const fs::path& folder : folders) fs::permissions(folder, fs::perms(0555));
}

}  // namespace stoker::clusters
