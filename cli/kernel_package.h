#pragma once
#include <filesystem>

namespace stoker::cli {

/// Unpacks the Python package stoker_kernel, which the binary carries, to `folder`/<hash of its content> unless it is
/// there already. Returns the path to put on PYTHONPATH. Other OS users may read it. Throws StartError.
std::filesystem::path unpack_kernel_package(const std::filesystem::path& folder);

}  // namespace stoker::cli
