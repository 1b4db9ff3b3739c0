#include "api/files/root_folder.h"

#include <cerrno>
#include <climits>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "api/files/tree_path.h"
#include "core/dbfs.h"

namespace stoker::api {
namespace {
constexpr int kFolder = O_RDONLY | O_DIRECTORY;
constexpr int kTries = 64;  // openat2 gives up when somebody renames on its way

FileDescriptor open_from(const FileDescriptor& folder, const std::string& relative, int flags, std::uint64_t resolve) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = resolve;
    for (int attempt = 1;; ++attempt) {
        const long fd = syscall(SYS_openat2, folder.get(), relative.c_str(), &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == kTries)
            return FileDescriptor(static_cast<int>(fd));
    }
}

/// Where it lies at the moment, whatever links led to it; "" and errno when the system does not say.
std::string place_of(const FileDescriptor& file) {
    std::string place(PATH_MAX, '\0');
    const std::string link = "/proc/self/fd/" + std::to_string(file.get());
    const ssize_t size = readlink(link.c_str(), place.data(), place.size());
    place.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return place;
}
}  // namespace

RootFolder::RootFolder(const std::filesystem::path& root) : root_(::open(root.c_str(), kFolder | O_CLOEXEC)) {
    struct stat status {};
    if (!root_ || fstat(root_.get(), &status) != 0)
        throw std::system_error(errno, std::generic_category(), root.string());
    owner_ = status.st_uid;
    group_ = status.st_gid;
    mode_ = status.st_mode;
    const std::string place = place_of(root_);
    if (place.empty()) throw std::system_error(errno, std::generic_category(), root.string());
    hidden_place_ = (place == "/" ? "" : place) + "/" + std::string(kDbfsHiddenFolder);
}

FileDescriptor RootFolder::open_shown(const FileDescriptor& folder, const std::string& relative, int flags,
                                      std::uint64_t resolve) const {
    FileDescriptor file = open_from(folder, relative, flags, resolve);
    if (!file) return file;
    // What was opened is looked at, not its path: others change links meanwhile.
    const std::string place = place_of(file);
    if (!place.empty() && !is_within_tree(place, hidden_place_)) return file;
    const int error = place.empty() ? errno : EXDEV;
    file.reset();
    errno = error;
    return file;
}

FileDescriptor RootFolder::open(const std::string& path, int flags) const {
    const std::string relative = path == "/" ? "." : path.substr(1);
    FileDescriptor file = open_shown(root_, relative, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    struct stat status {};
    if (!file || owner_ == geteuid() || fstat(file.get(), &status) != 0) return file;
    // Closed to whom the tree belongs: unfinished, though somebody has renamed the hidden folder.
    if (status.st_uid != geteuid() || (status.st_mode & 077) != 0) return file;
    file.reset();
    errno = EACCES;
    return file;
}

void RootFolder::check_name(const std::string& path) const {
    if (!open(path, O_PATH | O_NOFOLLOW) && (errno == EXDEV || errno == EACCES)) throw_file_error(errno, path);
}

FileDescriptor RootFolder::open_folder(const std::string& path) const {
    FileDescriptor folder = open(path, kFolder);
    if (!folder) throw_file_error(errno, path);
    return folder;
}

FileDescriptor RootFolder::make_folder(const std::string& path) const {
    if (FileDescriptor there = open(path, kFolder)) return there;
    FileDescriptor parent = open_folder("/");
    for (std::size_t end = 0; end < path.size();) {
        const std::size_t start = end + 1;
        end = std::min(path.find('/', start), path.size());
        parent = step_into(parent, path.substr(start, end - start), path.substr(0, end));
    }
    return parent;
}

FileDescriptor RootFolder::step_into(const FileDescriptor& parent, const std::string& name,
                                     const std::string& path) const {
    // From folder to folder, since looks from the root take longer the deeper they go; only links need one.
    const auto look = [&] {
        FileDescriptor found = open_shown(parent, name, kFolder, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        return found || errno != ELOOP ? std::move(found) : open(path, kFolder);
    };
    FileDescriptor folder = look();
    if (!folder && errno == ENOENT) {
        // Somebody else may make it at the same moment; then it is there all the same.
        const bool made = mkdirat(parent.get(), name.c_str(), 0755) == 0;
        if (!made && errno != EEXIST) throw_file_error(errno, path);
        folder = look();
        if (made && folder) hand_over(folder, path);
    }
    if (!folder) throw_file_error(errno == ENOTDIR || errno == ENOENT ? EEXIST : errno, path);
    return folder;
}

FileDescriptor RootFolder::hidden_folder() const {
    const std::string name(kDbfsHiddenFolder);
    for (int attempt = 1;; ++attempt) {
        FileDescriptor folder = open_from(root_, name, kFolder, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        if (folder || errno != ENOENT || attempt == kTries) {
            if (!folder) throw_file_error(errno, "/" + name);
            return folder;
        }
        if (mkdirat(root_.get(), name.c_str(), 0700) != 0 && errno != EEXIST) throw_file_error(errno, "/" + name);
    }
}

void RootFolder::hand_over(const FileDescriptor& made, const std::string& path) const {
    struct stat status {};
    if (fstat(made.get(), &status) != 0) throw_file_error(errno, path);
    const mode_t allowed = S_ISDIR(status.st_mode) ? 0777 : 0666;
    // Only root may give files away. Where the server is another user, the root's group and modes have to do.
    if (geteuid() == 0 && fchown(made.get(), owner_, group_) != 0) throw_file_error(errno, path);
    if (fchmod(made.get(), (mode_ & allowed) | (status.st_mode & S_ISGID)) != 0) throw_file_error(errno, path);
}

void rename_in_tree(const FileDescriptor& from, const std::string& name, const FileDescriptor& to,
                    const std::string& new_name, Overwrite overwrite, const std::string& shown_path) {
    const unsigned flags = overwrite == Overwrite::kNo ? RENAME_NOREPLACE : 0;
    int failed = renameat2(from.get(), name.c_str(), to.get(), new_name.c_str(), flags);
    // Network file systems know no such rename; there it is a look and a rename.
    if (failed != 0 && flags != 0 && (errno == EINVAL || errno == ENOSYS)) {
        struct stat status {};
        if (fstatat(to.get(), new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            throw_file_error(EEXIST, shown_path);
        failed = renameat(from.get(), name.c_str(), to.get(), new_name.c_str());
    }
    if (failed == 0) return;
    // Here it is no link that leads out, but another file system mounted inside the tree.
    if (errno == EXDEV) throw FileError(FileProblem::kRefusedBySystem, shown_path, "it lies on another file system");
    throw_file_error(errno == EISDIR ? EEXIST : errno, shown_path);
}

void sync(const FileDescriptor& file, const std::string& shown_path) {
    if (fsync(file.get()) != 0) throw_file_error(errno, shown_path);
}

}  // namespace stoker::api
