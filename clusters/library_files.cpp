#include "clusters/library_files.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
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

/// A file of this machine, by a program that may read what notebooks of this machine may: links lead it no further.
std::string read_machine_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                              const std::string& path, const Library& library, const std::stop_token& stop) {
    constexpr const char* kRead =
        "test -e \"$1\" || { echo 'the file does not exist.' >&2; exit 1; }\n"
        "test -f \"$1\" || { echo 'is not a file.' >&2; exit 1; }\n"
        "cat -- \"$1\" 2>/dev/null || { echo 'Permission denied: notebooks may not read it either.' >&2; exit 1; }";
    FileDescriptor content(memfd_create("library", MFD_CLOEXEC));
    if (!content) throw std::system_error(errno, std::generic_category(), "memfd_create");
    SpawnRequest request = command_line({"sh", "-c", kRead, "sh", path}, machine_environ(), sources.kernel_user);
    request.descriptors = {{content.get(), 1}};
    Reach reach{shared_scratch(sources.data_folder), {}};
    reach.read.push_back(sources.dbfs_root);
    CommandResult result = run_command(children, confined(std::move(request), confinement, reach), nullptr, stop);
    if (result.status != 0) throw LibraryError(library, result.output.substr(0, result.output.find('\n')));
    lseek(content.get(), 0, SEEK_SET);
    return read_all(content, library);
}

bool take_prefix(std::string& path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    path.erase(0, prefix.size());
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    return true;
}

}  // namespace

std::string read_library_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                              const std::string& reader, const Library& library, const std::stop_token& stop) {
    if (auto path = workspace_path_of(library)) {
        if (!sources.workspace_file) throw LibraryError(library, "workspace files cannot be read here.");
        auto content = sources.workspace_file(reader, *path);
        if (!content) throw LibraryError(library, "there is no such file that " + reader + " may read.");
        return std::move(*content);
    }
    std::string path = library.name;
    if (take_prefix(path, "dbfs:/") || take_prefix(path, "file:/dbfs/") || take_prefix(path, "/dbfs/"))
        return read_all(open_beneath(sources.dbfs_root, path, library), library);
    take_prefix(path, "file:/");
    return read_machine_file(sources, children, confinement, "/" + path, library, stop);
}

}  // namespace stoker::clusters
