#pragma once
#include <cstdint>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "clusters/file_descriptor.h"

namespace stoker::dbfs_mount {

using clusters::FileDescriptor;

/// A file in the cache's folder that is none of its contents yet. Removes itself unless it is kept.
class UnfinishedFile {
  public:
    explicit UnfinishedFile(std::filesystem::path path);
    UnfinishedFile(UnfinishedFile&& other) noexcept;
    UnfinishedFile& operator=(UnfinishedFile&& other) noexcept;
    ~UnfinishedFile();

    int file() const { return file_.get(); }
    const std::filesystem::path& path() const { return path_; }
    FileDescriptor release_file() { return std::move(file_); }

  private:
    std::filesystem::path path_;  // "" = it is somebody else's
    FileDescriptor file_;
};

/// Whole contents of files by the tag that the server gives them, on the node's disk. Those used least lately go when
/// there is too much of them; who has one open keeps it. Survives the process. Thread-safe; throws std::system_error.
class ContentCache {
  public:
    /// What an earlier process had not finished is removed.
    ContentCache(std::filesystem::path folder, std::uint64_t most_bytes);

    /// Read-only; none when it is not here.
    FileDescriptor find(const std::string& tag);
    UnfinishedFile begin();
    /// The file becomes the content of the tag, and nobody writes to it any more.
    void keep(UnfinishedFile file, const std::string& tag);
    std::uint64_t bytes() const;

  private:
    struct Content {
        std::string name;
        std::uint64_t bytes = 0;
    };
    void make_room();

    const std::filesystem::path contents_, unfinished_;
    const std::uint64_t most_bytes_;
    mutable std::mutex mutex_;
    std::list<Content> by_use_;  // the one used last is the first
    std::unordered_map<std::string, std::list<Content>::iterator> by_name_;
    std::uint64_t bytes_ = 0;
};

/// All of `from`, whatever its position, at the beginning of `to`.
void copy_content(int from, int to);

}  // namespace stoker::dbfs_mount
