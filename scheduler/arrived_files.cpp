#include "scheduler/arrived_files.h"

#include <algorithm>
#include <chrono>

#include "core/dbfs.h"

namespace stoker::scheduler {
namespace {
namespace fs = std::filesystem;

EpochMillis epoch_millis(fs::file_time_type time) {
    const auto moment = std::chrono::file_clock::to_sys(time);
    return std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
}

bool is_beneath(const fs::path& folder, const fs::path& root) {
    return std::mismatch(root.begin(), root.end(), folder.begin(), folder.end()).first == root.end();
}
}  // namespace

std::optional<fs::path> watched_folder(const fs::path& dbfs_root, std::string_view url) {
    if (dbfs_root.empty()) return std::nullopt;
    if (url.starts_with("dbfs:"))
        url.remove_prefix(5);
    else if (url.starts_with("/dbfs/"))
        url.remove_prefix(5);
    std::error_code error;
    const fs::path root = fs::canonical(dbfs_root, error);
    if (error) return std::nullopt;
    const fs::path folder = fs::canonical(root / fs::path(url).relative_path(), error);
    if (error || !is_beneath(folder, root) || !fs::is_directory(folder, error)) return std::nullopt;
    return folder;
}

std::vector<WatchedFile> files_beneath(const fs::path& folder) {
    std::vector<WatchedFile> files;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
    // Files come and go meanwhile; one that is missed is seen the next time.
    for (; !error && entry != fs::end(entry) && files.size() < kMostWatchedFiles; entry.increment(error)) {
        std::error_code gone;
        if (entry.depth() == 0 && entry->path().filename() == kDbfsHiddenFolder) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_symlink(gone) || !entry->is_regular_file(gone)) continue;
        const auto modified = entry->last_write_time(gone);
        if (!gone) files.push_back({entry->path().lexically_relative(folder), epoch_millis(modified)});
    }
    std::ranges::sort(files, {}, &WatchedFile::path);
    return files;
}

}  // namespace stoker::scheduler
