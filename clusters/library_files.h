#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "clusters/children.h"
#include "clusters/confinement.h"
#include "clusters/library.h"

namespace stoker::clusters {

/// A library, or the service that gives it, is at fault: the message names it and is for the user.
class LibraryError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
    LibraryError(const Library& library, const std::string& why)
        : std::runtime_error("Library installation failed: " + describe(library) + ": " + why), library_(library) {}
    /// nullopt: not known which.
    const std::optional<Library>& library() const { return library_; }

  private:
    std::optional<Library> library_;
};

/// Why a file that a definition names cannot be read, for the user.
class UnreadableFile : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Where the files come from that definitions name.
struct LibrarySources {
    std::filesystem::path dbfs_root;  // dbfs:/x, /dbfs/x and /Volumes/x
    std::filesystem::path data_folder;
    std::string kernel_user;  // file:/x is read as this user; "" = the caller's
    /// Content of a workspace file (path without /Workspace); nullopt when there is none that `reader` may read.
    /// Unset: refused.
    std::function<std::optional<std::string>(const std::string& reader, const std::string& path)> workspace_file;
};

/// Content of a file. `reader` is who the cluster runs as. dbfs:/x never leaves dbfs_root by `..` or a symbolic link;
/// file:/x is read with the rights that notebooks have. Throws UnreadableFile, Stopped.
std::string read_named_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                            const std::string& reader, const std::string& name, const std::stop_token& stop = {});
/// The same of a library's file. Throws LibraryError, Stopped.
std::string read_library_file(const LibrarySources& sources, Children& children, const Confinement& confinement,
                              const std::string& reader, const Library& library, const std::stop_token& stop = {});

}  // namespace stoker::clusters
