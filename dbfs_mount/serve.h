#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace stoker::dbfs_mount {

struct ServeSettings {
    std::string server_url;
    std::filesystem::path server_authority;  // who vouches for it (PEM); "" = the machine's own do
    std::string token;
    std::filesystem::path cache_folder;
    std::uint64_t cache_bytes = 0;
    std::string owner;  // OS user whom files are shown to belong to; "" = this process's
};

/// Serves the MountPoint whose descriptors this process has, until SIGTERM or the mount's end.
void serve(const ServeSettings& settings);

}  // namespace stoker::dbfs_mount
