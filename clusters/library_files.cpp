#include "clusters/library_files.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include "clusters/command.h"
#include "clusters/file_beneath.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

std::string content_of(const FileDescriptor& file) {
    if (!is_plain_file(file)) throw UnreadableFile("is not a file.");
    try {
        return read_all(file);
    } catch (const std::system_error& error) {
        throw UnreadableFile(error.code().message());
    }
}

/// Code on a cluster writes to the DBFS root, symbolic links too.
FileDescriptor open_in(const fs::path& root, const std::string& relative) {
    FileDescriptor file = open_beneath(root, relative);
    if (!file) throw UnreadableFile(errno == ENOENT ? "the file does not exist." : std::strerror(errno));
    return file;
}

/// A file of this machine, by a program that may read what notebooks of this machine may: links lead it no further.
std::string read_machine_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                              const std::string& path, const std::stop_token& stop) {
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
    if (result.status != 0) throw UnreadableFile(result.output.substr(0, result.output.find('\n')));
    lseek(content.get(), 0, SEEK_SET);
    return content_of(content);
}

bool take_prefix(std::string& path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return false;
    path.erase(0, prefix.size());
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    return true;
}

}  // namespace

std::string read_named_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                            const std::string& reader, const std::string& name, const std::stop_token& stop) {
    if (auto path = workspace_path_of(name)) {
        if (!sources.workspace_file) throw UnreadableFile("workspace files cannot be read here.");
        auto content = sources.workspace_file(reader, *path);
        if (!content) throw UnreadableFile("there is no such file that " + reader + " may read.");
        return std::move(*content);
    }
    std::string path = name;
    if (path.starts_with("/Volumes/")) return content_of(open_in(sources.dbfs_root, path.substr(1)));
    if (take_prefix(path, "dbfs:/") || take_prefix(path, "file:/dbfs/") || take_prefix(path, "/dbfs/"))
        return content_of(open_in(sources.dbfs_root, path));
    take_prefix(path, "file:/");
    return read_machine_file(sources, children, confinement, "/" + path, stop);
}

std::string read_library_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                              const std::string& reader, const Library& library, const std::stop_token& stop) {
    try {
        return read_named_file(sources, children, confinement, reader, library.name, stop);
    } catch (const UnreadableFile& error) {
        throw LibraryError(library, error.what());
    }
}

}  // namespace stoker::clusters
