#include "api/files/file_status.h"

namespace stoker::api {

FileStatus file_status(const std::string& path, const struct stat& status) {
    constexpr EpochMillis kSecond = 1000;
    FileStatus result;
    result.path = path;
    result.is_dir = S_ISDIR(status.st_mode);
    result.size = S_ISREG(status.st_mode) ? status.st_size : 0;
    result.modified = status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec / 1'000'000;
    result.modified_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
    if (S_ISREG(status.st_mode))
        result.content_tag = std::to_string(status.st_dev) + "-" + std::to_string(status.st_ino) + "-" +
                             std::to_string(status.st_size) + "-" + std::to_string(result.modified_ns);
    return result;
}

}  // namespace stoker::api
