#pragma once
#include <filesystem>
#include <string>

#include "clusters/file_descriptor.h"

namespace stoker::clusters {

/// A file beneath a folder that strangers write to: the kernel itself keeps symbolic links and `..` inside it. None:
/// errno says why.
FileDescriptor open_beneath(const std::filesystem::path& folder, const std::string& relative);
bool is_plain_file(const FileDescriptor& file);
/// Its content from where it stands. Throws std::system_error.
std::string read_all(const FileDescriptor& file);

}  // namespace stoker::clusters
