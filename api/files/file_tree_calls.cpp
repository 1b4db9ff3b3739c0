#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "api/files/file_tree.h"
#include "api/wire/workspace_path.h"

// What machines that mount the tree do to names: no more and no less than the system call.
namespace stoker::api {
namespace {
FileDescriptor folder_above(const RootFolder& root, const std::string& path) {
    if (path == "/") throw FileError(FileProblem::kRefusedBySystem, path, "it is the root");
    FileDescriptor folder = root.open_folder(parent_of(path));
    root.check_name(path);
    return folder;
}
}  // namespace

void FileTree::make_folder(const std::string& path) const {
    const RootFolder root(root_);
    const FileDescriptor parent = folder_above(root, path);
    if (mkdirat(parent.get(), name_of(path).c_str(), 0755) != 0) throw_file_error(errno, path);
    root.hand_over(root.open_folder(path), path);
    sync(parent, path);
}

void FileTree::remove_folder(const std::string& path) const {
    const FileDescriptor parent = folder_above(RootFolder(root_), path);
    if (unlinkat(parent.get(), name_of(path).c_str(), AT_REMOVEDIR) != 0)
        throw_file_error(errno == EEXIST ? ENOTEMPTY : errno, path);
    sync(parent, path);
}

void FileTree::unlink(const std::string& path) const {
    const FileDescriptor parent = folder_above(RootFolder(root_), path);
    if (unlinkat(parent.get(), name_of(path).c_str(), 0) != 0) throw_file_error(errno, path);
    sync(parent, path);
}

void FileTree::rename(const std::string& from, const std::string& to, Overwrite overwrite) const {
    const RootFolder root(root_);
    const FileDescriptor source = folder_above(root, from), target = folder_above(root, to);
    rename_in_tree(source, name_of(from), target, name_of(to), overwrite, to);
    sync(target, to);
    sync(source, from);
}

void FileTree::link(const std::string& from, const std::string& to) const {
    const RootFolder root(root_);
    const FileDescriptor source = folder_above(root, from), target = folder_above(root, to);
    if (linkat(source.get(), name_of(from).c_str(), target.get(), name_of(to).c_str(), 0) != 0)
        throw_file_error(errno, errno == ENOENT ? from : to);
    sync(target, to);
}

void FileTree::set_modified(const std::string& path, std::int64_t modified_ns) const {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const FileDescriptor file = RootFolder(root_).open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    timespec times[2]{{0, UTIME_OMIT}, {modified_ns / kSecond, modified_ns % kSecond}};
    if (!file || futimens(file.get(), times) != 0) throw_file_error(errno, path);
}

}  // namespace stoker::api
