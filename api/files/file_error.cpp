#include "api/files/file_error.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace stoker::api {
namespace {
FileProblem problem_of(int error, const std::string& path) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return FileProblem::kMissing;
        case EEXIST:
            return FileProblem::kExists;
        case EISDIR:
        case ENXIO:
            return FileProblem::kNotAFile;
        case ENOTEMPTY:
            return FileProblem::kNotEmpty;
        case EXDEV:
        case ELOOP:
            return FileProblem::kOutside;
        case EACCES:
        case EPERM:
            return FileProblem::kDenied;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return FileProblem::kFull;
        case ENAMETOOLONG:
            return FileProblem::kNameTooLong;
        case EBUSY:
        case EINVAL:
        case EROFS:
        case EMLINK:
        case ESTALE:
        case EAGAIN:
            return FileProblem::kRefusedBySystem;
        default:
            throw std::system_error(error, std::generic_category(), path);
    }
}
}  // namespace

void throw_file_error(int error, const std::string& path) {
    throw FileError(problem_of(error, path), path, std::strerror(error));
}

ApiError api_error(const FileError& error, FileApi api) {
    const bool is_dbfs = api == FileApi::kDbfs;
    const std::string& path = error.path;
    switch (error.problem) {
        case FileProblem::kMissing:
            return {is_dbfs ? ErrorCode::kResourceDoesNotExist : ErrorCode::kNotFound,
                    "No file or directory exists on path " + path + "."};
        case FileProblem::kExists:
            return {is_dbfs ? ErrorCode::kResourceAlreadyExists : ErrorCode::kAlreadyExists,
                    "A file or directory already exists at the input path " + path + "."};
        case FileProblem::kNotAFile:
            if (is_dbfs) return ApiError::invalid_parameter("path: " + path + " is not a file.");
            return {ErrorCode::kNotFound, "Path " + path + " is not a file."};
        case FileProblem::kNotEmpty:
            return {is_dbfs ? ErrorCode::kIoError : ErrorCode::kDirectoryNotEmpty,
                    "The directory " + path + " is not empty" +
                        (is_dbfs ? "; with recursive set to true it is deleted with all that is in it." : ".")};
        case FileProblem::kOutside:
            return {ErrorCode::kPermissionDenied,
                    "Path " + path + " leads out of this file system by a symbolic link."};
        case FileProblem::kDenied:
            return {ErrorCode::kPermissionDenied,
                    "The operating system does not let this server do that to " + path + ": " + error.what() + "."};
        case FileProblem::kFull:
            return {ErrorCode::kQuotaExceeded,
                    "There is no room left for " + path + " on the server's disk (" + error.what() + ")."};
        case FileProblem::kTooMany:
            return {ErrorCode::kMaxListSizeExceeded,
                    "The directory " + path + " has " + error.what() +
                        "; list it from a notebook, or page by page by the Files API."};
        case FileProblem::kNameTooLong:
            return ApiError::invalid_parameter("path: a name in " + path + " is too long.");
        case FileProblem::kIntoItself:
            return ApiError::invalid_parameter("destination_path: " + path + " is inside of what is moved.");
        case FileProblem::kRefusedBySystem:
            break;
    }
    return {ErrorCode::kIoError, "The operation on " + path + " failed: " + error.what() + "."};
}

}  // namespace stoker::api
