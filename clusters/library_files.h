#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "clusters/children.h"
#include "clusters/library.h"

namespace stoker::clusters {

/// A library, or the service that gives it, is at fault: the message names it and is for the user.
class LibraryError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
    LibraryError(const Library& library, const std::string& why)
        : std::runtime_error("Library installation failed: " + describe(library) + ": " + why) {}
};

/// Where the files of whl, requirements and jar libraries come from.
struct LibrarySources {
    std::filesystem::path dbfs_root;    // dbfs:/x and /dbfs/x
    std::filesystem::path data_folder;  // file:/x is refused beneath it
    std::string kernel_user;            // file:/x is read as this user; "" = the caller's
    /// Content of a workspace file (path without /Workspace); nullopt when there is none. Unset: refused.
    std::function<std::optional<std::string>(const std::string& path)> workspace_file;
};

/// Content of the library's file. Never leaves dbfs_root by `..` or a symbolic link. Throws LibraryError.
std::string read_library_file(const LibrarySources& sources, Children& children, const Library& library);

}  // namespace stoker::clusters
