#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace stoker::scheduler {

/// A file beneath a watched folder, links left out.
struct WatchedFile {
    std::string path;  // from the folder
    EpochMillis modified_time = 0;
};
inline constexpr std::size_t kMostWatchedFiles = 10'000;

/// The folder of DBFS that `url` names (dbfs:/…, /dbfs/… or /Volumes/…); nullopt when there is none beneath
/// `dbfs_root`, by `..` or a link.
std::optional<std::filesystem::path> watched_folder(const std::filesystem::path& dbfs_root, std::string_view url);
/// All files in it and in folders below, in order; of more than kMostWatchedFiles any.
std::vector<WatchedFile> files_beneath(const std::filesystem::path& folder);

}  // namespace stoker::scheduler
