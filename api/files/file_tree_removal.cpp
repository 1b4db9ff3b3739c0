#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "api/files/file_tree.h"
#include "api/files/tree_path.h"
#include "api/wire/workspace_path.h"
#include "core/random.h"

// Moving and removing: what changes names.
namespace stoker::api {
namespace {
constexpr EpochMillis kLeftAlone = 60 * 60 * 1000;  // longer than any upload pauses, or a handle stays idle
constexpr auto kSweepPause = std::chrono::minutes(10);

bool is_there(const FileDescriptor& folder, const std::string& name, struct stat& status) {
    return fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// Nobody minds who removed it.
void remove_file(const FileDescriptor& folder, const std::string& name, const std::string& path) {
    if (unlinkat(folder.get(), name.c_str(), 0) != 0 && errno != ENOENT) throw_file_error(errno, path);
}

/// Removes a folder of the hidden folder. The folders in it are moved beside it first, so that neither this function's
/// stack nor its descriptors grow with the depth of a tree that somebody else made.
void remove_hidden_tree(const FileDescriptor& hidden, const std::string& name, const std::string& path) {
    std::vector<std::string> folders{name};
    while (!folders.empty()) {
        const std::string next = std::move(folders.back());
        folders.pop_back();
        FileDescriptor folder(openat(hidden.get(), next.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder && errno == ENOENT) continue;  // a sweep was quicker
        if (!folder) throw_file_error(errno, path);
        fchmod(folder.get(), 0700);  // where it is ours: it may have been closed to us
        std::unique_ptr<DIR, int (*)(DIR*)> names(fdopendir(dup(folder.get())), closedir);
        if (!names) throw_file_error(errno, path);
        while (const dirent* entry = readdir(names.get())) {
            const std::string_view found(entry->d_name);
            if (found == "." || found == "..") continue;
            if (unlinkat(folder.get(), entry->d_name, 0) == 0 || errno == ENOENT) continue;
            if (errno != EISDIR) throw_file_error(errno, path);
            std::string beside = random_hex(16);
            if (renameat(folder.get(), entry->d_name, hidden.get(), beside.c_str()) == 0)
                folders.push_back(std::move(beside));
            else if (errno != ENOENT)
                throw_file_error(errno, path);
        }
        // A program that still works in the folder may have put something there: a later sweep removes it.
        if (unlinkat(hidden.get(), next.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT && errno != ENOTEMPTY)
            throw_file_error(errno, path);
    }
}

void remove_old(const FileDescriptor& hidden, EpochMillis before) {
    constexpr EpochMillis kSecond = 1000;
    std::unique_ptr<DIR, int (*)(DIR*)> names(fdopendir(dup(hidden.get())), closedir);
    if (!names) throw_file_error(errno, "/");
    std::vector<std::string> folders;
    while (const dirent* entry = readdir(names.get())) {
        const std::string name(entry->d_name);
        struct stat status {};
        if (name == "." || name == ".." || !is_there(hidden, name, status)) continue;
        if (S_ISDIR(status.st_mode))
            folders.push_back(name);
        else if (status.st_mtim.tv_sec * kSecond < before)
            remove_file(hidden, name, "/");
    }
    // What another thread removes at the moment, too: then it goes quicker.
    for (const std::string& name : folders) remove_hidden_tree(hidden, name, "/");
}
}  // namespace

void FileTree::move(const std::string& from, const std::string& to) const {
    if (from == "/") throw FileError(FileProblem::kRefusedBySystem, from, "the root cannot be moved");
    const RootFolder root(root_);
    const FileDescriptor source = root.open_folder(parent_of(from));
    root.check_name(from);
    struct stat status {};
    if (!is_there(source, name_of(from), status)) throw_file_error(errno, from);
    if (from != to && is_within_tree(to, from)) throw FileError(FileProblem::kIntoItself, to);
    if (root.open(to, O_PATH)) throw_file_error(EEXIST, to);
    const FileDescriptor target = root.make_folder(parent_of(to));
    rename_in_tree(source, name_of(from), target, name_of(to), Overwrite::kNo, to);
    sync(target, to);
    sync(source, from);
}

bool FileTree::remove(const std::string& path, Recursive recursive) {
    if (path == "/") throw FileError(FileProblem::kRefusedBySystem, path, "the root cannot be deleted");
    const RootFolder root(root_);
    const FileDescriptor parent = root.open(parent_of(path), O_RDONLY | O_DIRECTORY);
    if (!parent && (errno == ENOENT || errno == ENOTDIR)) return false;
    if (!parent) throw_file_error(errno, path);
    root.check_name(path);
    const std::string name = name_of(path);
    struct stat status {};
    if (!is_there(parent, name, status)) {
        if (errno == ENOENT) return false;
        throw_file_error(errno, path);
    }
    if (!S_ISDIR(status.st_mode)) {
        remove_file(parent, name, path);
    } else if (unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0) {
        if ((errno != ENOTEMPTY && errno != EEXIST) || recursive == Recursive::kNo)
            throw_file_error(errno == EEXIST ? ENOTEMPTY : errno, path);
        const FileDescriptor hidden = root.hidden_folder();
        const std::string trash = random_hex(16);
        rename_in_tree(parent, name, hidden, trash, Overwrite::kNo, path);
        remove_hidden_tree(hidden, trash, path);
        sweep();
    }
    sync(parent, path);
    return true;
}

void FileTree::sweep() {
    auto due = next_sweep_.load();
    const auto now = clock_.monotonic();
    const auto next = (now + kSweepPause).time_since_epoch().count();
    if (now.time_since_epoch().count() < due || !next_sweep_.compare_exchange_strong(due, next)) return;
    try {
        remove_old(RootFolder(root_).hidden_folder(), clock_.epoch_millis() - kLeftAlone);
    } catch (const std::runtime_error& failure) {
        spdlog::warn("unfinished files cannot be removed root={} cause=\"{}\"", root_.string(), failure.what());
    }
}

}  // namespace stoker::api
