#include "dbfs_mount/seen_files.h"

namespace stoker::dbfs_mount {
namespace {
constexpr std::chrono::seconds kTrusted{1};
constexpr std::size_t kMost = 50'000;
}  // namespace

std::optional<FileInfo> SeenFiles::find(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(path);
    if (found == seen_.end() || clock_.monotonic() >= found->second.until) return std::nullopt;
    return found->second.info;
}

std::uint64_t SeenFiles::now() const {
    const std::lock_guard lock(mutex_);
    return forgettings_;
}

void SeenFiles::put(const std::string& path, const FileInfo& info, std::uint64_t asked_at) {
    const std::lock_guard lock(mutex_);
    if (forgettings_ != asked_at) return;
    if (seen_.size() >= kMost) seen_.clear();
    seen_.insert_or_assign(path, Seen{info, clock_.monotonic() + kTrusted});
}

void SeenFiles::forget(const std::string& path) {
    const std::lock_guard lock(mutex_);
    ++forgettings_;
    seen_.erase(path);
}

void SeenFiles::forget_all() {
    const std::lock_guard lock(mutex_);
    ++forgettings_;
    seen_.clear();
}

}  // namespace stoker::dbfs_mount
