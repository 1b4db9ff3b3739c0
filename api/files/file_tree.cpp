#include "api/files/file_tree.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <queue>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "api/wire/workspace_path.h"
#include "core/dbfs.h"

namespace stoker::api {
namespace {
/// Goes through the names of a folder.
void each_name(FileDescriptor folder, const std::string& path, const std::function<void(std::string_view)>& visit) {
    std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(folder.get()), closedir);
    if (!stream) throw_file_error(errno, path);
    folder.release();
    errno = 0;
    while (const dirent* entry = readdir(stream.get())) {
        const std::string_view name(entry->d_name);
        if (name != "." && name != ".." && !(path == "/" && name == kDbfsHiddenFolder)) visit(name);
        errno = 0;
    }
    if (errno != 0) throw_file_error(errno, path);
}

std::vector<FileStatus> statuses(const RootFolder& root, const std::string& folder, std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::vector<FileStatus> result;
    for (const std::string& name : names) {
        const std::string path = (folder == "/" ? "" : folder) + "/" + name;
        const FileDescriptor file = root.open(path, O_PATH);
        struct stat status {};
        if (file && fstat(file.get(), &status) == 0) result.push_back(file_status(path, status));
    }
    return result;
}
}  // namespace

std::string OpenFile::read(std::int64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            pread(file_.get(), bytes.data() + have, size - have, offset + static_cast<std::int64_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw_file_error(errno, status_.path);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

FileStatus FileTree::status(const std::string& path) const {
    const FileDescriptor file = RootFolder(root_).open(path, O_PATH);
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0) throw_file_error(errno, path);
    return file_status(path, status);
}

std::vector<FileStatus> FileTree::list(const std::string& path, std::size_t most) const {
    const RootFolder root(root_);
    if (const FileStatus self = status(path); !self.is_dir) return {self};
    std::vector<std::string> names;
    each_name(root.open_folder(path), path, [&](std::string_view name) {
        if (names.size() == most)
            throw FileError(FileProblem::kTooMany, path, "more than " + std::to_string(most) + " entries");
        names.emplace_back(name);
    });
    return statuses(root, path, std::move(names));
}

FileTree::Page FileTree::list_page(const std::string& path, const std::string& after, std::size_t size) const {
    const RootFolder root(root_);
    std::priority_queue<std::string> first;  // the smallest names so far, the greatest of them on top
    bool more = false;
    each_name(root.open_folder(path), path, [&](std::string_view name) {
        if (!after.empty() && name <= after) return;
        if (first.size() == size) {
            more = true;
            if (name >= first.top()) return;
            first.pop();
        }
        first.emplace(name);
    });
    Page page;
    if (more) page.next = first.top();
    std::vector<std::string> names;
    for (; !first.empty(); first.pop()) names.push_back(first.top());
    page.entries = statuses(root, path, std::move(names));
    return page;
}

OpenFile FileTree::open(const std::string& path) const {
    // A pipe that a notebook made must not hold the thread, and is no file.
    FileDescriptor file = RootFolder(root_).open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0) throw_file_error(errno, path);
    if (!S_ISREG(status.st_mode)) throw FileError(FileProblem::kNotAFile, path);
    return {std::move(file), file_status(path, status)};
}

void FileTree::make_folders(const std::string& path) const {
    const RootFolder root(root_);
    sync(root.make_folder(path), path);
}

std::shared_ptr<NewFile> FileTree::begin_file() {
    sweep();
    return std::make_shared<NewFile>(root_);
}

std::shared_ptr<NewFile> FileTree::resume_file(const std::string& name) const {
    return std::make_shared<NewFile>(root_, name);
}

void FileTree::check_target(const std::string& path, Overwrite overwrite) const {
    const RootFolder root(root_);
    const FileDescriptor there = root.open(path, O_PATH);
    struct stat status {};
    if (!there || fstat(there.get(), &status) != 0) {
        const int error = errno;
        if (error == ENOTDIR) root.make_folder(parent_of(path));  // tells which file is in the way
        if (error == ENOENT || error == ENOTDIR) return;
        throw_file_error(error, path);
    }
    if (overwrite == Overwrite::kNo || S_ISDIR(status.st_mode)) throw_file_error(EEXIST, path);
}

}  // namespace stoker::api
