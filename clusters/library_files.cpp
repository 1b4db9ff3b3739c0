#include "clusters/library_files.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clusters/command.h"
#include "clusters/file_descriptor.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

std::string read_all(const FileDescriptor& file, const Library& library) {
    struct stat status {};
    if (fstat(file.get(), &status) < 0 || !S_ISREG(status.st_mode)) throw LibraryError(library, "is not a file.");
    std::string content;
    content.reserve(static_cast<std::size_t>(status.st_size));
    std::array<char, 65536> buffer;
    for (;;) {
        ssize_t got = read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw LibraryError(library, std::strerror(errno));
        if (got == 0) return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

/// Code on a cluster writes to the DBFS root, symbolic links too: the kernel itself keeps this open inside it.
FileDescriptor open_beneath(const fs::path& root, const std::string& relative, const Library& library) {
    FileDescriptor folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    FileDescriptor file(static_cast<int>(syscall(SYS_openat2, folder.get(), relative.c_str(), &how, sizeof how)));
    if (!file) throw LibraryError(library, errno == ENOENT ? "the file does not exist." : std::strerror(errno));
    return file;
}

/// A file of this machine, read with no more rights than the cluster's code has, and never one of Stoker's own.
std::string read_machine_file(const LibrarySources& sources, Children& children, const std::string& path,
                              const Library& library) {
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) throw LibraryError(library, errno == ENOENT ? "the file does not exist." : std::strerror(errno));
    std::error_code ignored;
    fs::path real = fs::read_symlink("/proc/self/fd/" + std::to_string(file.get()), ignored);
    fs::path closed = fs::weakly_canonical(sources.data_folder, ignored);
    if (!sources.data_folder.empty() && (real.string() + "/").starts_with(closed.string() + "/"))
        throw LibraryError(library, "Permission denied.");
    if (!sources.kernel_user.empty()) {
        SpawnRequest test = command_line({"test", "-r", path}, machine_environ(), sources.kernel_user);
        if (run_command(children, test).status != 0) throw LibraryError(library, "Permission denied.");
    }
    return read_all(file, library);
}

bool take_prefix(std::string& path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    path.erase(0, prefix.size());
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    return true;
}

}  // namespace

std::string read_library_file(const LibrarySources& sources, Children& children, const Library& library) {
    std::string path = library.name;
    if (take_prefix(path, "file:/Workspace/") || take_prefix(path, "/Workspace/")) {
        path = "/" + path;
    } else if (take_prefix(path, "dbfs:/") || take_prefix(path, "file:/dbfs/") || take_prefix(path, "/dbfs/")) {
        return read_all(open_beneath(sources.dbfs_root, path, library), library);
    } else if (take_prefix(path, "file:/")) {
        return read_machine_file(sources, children, "/" + path, library);
    }
    if (!sources.workspace_file) throw LibraryError(library, "workspace files cannot be read here.");
    auto content = sources.workspace_file(path);
    if (!content) throw LibraryError(library, "the file does not exist.");
    return std::move(*content);
}

}  // namespace stoker::clusters
