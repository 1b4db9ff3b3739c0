#pragma once
#include <optional>
#include <shared_mutex>
#include <string>

#include <sys/types.h>

#include "dbfs_mount/content_cache.h"
#include "dbfs_mount/server_files.h"

namespace stoker::dbfs_mount {

/// The content of a file that programs of this machine have open, one for all of them: what one writes the others read.
/// The server gets it as a whole. Thread-safe; throws std::system_error.
class OpenFile {
  public:
    /// As the cache has it: read until it becomes writable.
    OpenFile(ContentCache& cache, FileDescriptor content, FileInfo info);
    /// New and empty.
    OpenFile(ContentCache& cache, FileInfo info);
    /// What the server has, too, goes into the cache.
    ~OpenFile();

    std::size_t read(char* bytes, std::size_t size, off_t offset) const;
    void write(const char* bytes, std::size_t size, off_t offset);
    void truncate(off_t size);
    void become_writable();
    void set_modified(std::int64_t modified_ns);
    /// Uploads what the server has not; one call at a time.
    void store(const ServerFiles& server, const std::string& path);
    /// The file has been removed: nobody gets what was written.
    void give_up();

    bool is_dirty() const;
    FileInfo info() const;

    bool is_apart = false;  // from what Linux has cached: an older content is open, too

  private:
    int file() const { return own_ ? own_->file() : content_.get(); }
    void take_own();

    ContentCache& cache_;
    mutable std::shared_mutex mutex_;
    FileDescriptor content_;
    std::optional<UnfinishedFile> own_;
    FileInfo info_;  // of the server
    bool dirty_ = false;
    std::uint64_t writes_ = 0;
    std::optional<std::int64_t> modified_ns_;  // that the server is to have, too
};

}  // namespace stoker::dbfs_mount
