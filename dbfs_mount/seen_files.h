#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/clock.h"
#include "dbfs_mount/server_files.h"

namespace stoker::dbfs_mount {

/// What the server has said of paths within the last second: a folder that is listed is then looked at, file by file.
/// Thread-safe.
class SeenFiles {
  public:
    explicit SeenFiles(const Clock& clock) : clock_(clock) {}

    std::optional<FileInfo> find(const std::string& path) const;
    /// To be taken before the server is asked: what this machine changes meanwhile is not overwritten.
    std::uint64_t now() const;
    void put(const std::string& path, const FileInfo& info, std::uint64_t asked_at);
    void forget(const std::string& path);
    void forget_all();

  private:
    struct Seen {
        FileInfo info;
        Clock::Monotonic until;
    };
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Seen> seen_;
    std::uint64_t forgettings_ = 0;
};

}  // namespace stoker::dbfs_mount
