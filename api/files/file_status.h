#pragma once
#include <string>

#include <sys/stat.h>

#include "core/ids.h"

namespace stoker::api {

struct FileStatus {
    std::string path;  // as clients write it
    bool is_dir = false;
    std::int64_t size = 0;  // of a folder: 0
    EpochMillis modified = 0;
    std::int64_t modified_ns = 0;
    std::string content_tag;  // another one means that the content may be another; of a folder: ""
};
FileStatus file_status(const std::string& path, const struct stat& status);

}  // namespace stoker::api
