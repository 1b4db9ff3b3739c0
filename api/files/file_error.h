#pragma once
#include <stdexcept>
#include <string>

#include "core/error.h"

namespace stoker::api {

/// Why something was not done to a file or folder. What is none of these is a fault: std::system_error.
enum class FileProblem {
    kMissing,
    kExists,
    kNotAFile,
    kNotEmpty,
    kOutside,  // a symbolic link leads out of the root
    kDenied,
    kFull,
    kTooMany,  // entries to list at once
    kNameTooLong,
    kIntoItself,
    kRefusedBySystem,  // what() says why
};

/// `path` is the one at fault, as clients write it.
class FileError : public std::runtime_error {
  public:
    FileError(FileProblem what_is_wrong, std::string at, const std::string& reason = "")
        : std::runtime_error(reason), problem(what_is_wrong), path(std::move(at)) {}

    const FileProblem problem;
    const std::string path;
};

/// What `error` (an errno) on `path` means; a fault is thrown as std::system_error.
[[noreturn]] void throw_file_error(int error, const std::string& path);

/// DBFS and the Files API have different codes for the same thing.
enum class FileApi { kDbfs, kFiles };
ApiError api_error(const FileError& error, FileApi api);

}  // namespace stoker::api
