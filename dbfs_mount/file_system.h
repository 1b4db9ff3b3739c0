#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "dbfs_mount/content_cache.h"
#include "dbfs_mount/inode_table.h"
#include "dbfs_mount/open_file.h"
#include "dbfs_mount/seen_files.h"
#include "dbfs_mount/server_files.h"

namespace stoker::dbfs_mount {

struct Entry {
    std::uint64_t number = 0;  // of its inode
    FileInfo info;
};
struct Opened {
    std::uint64_t handle = 0;
    bool is_apart = false;  // OpenFile::is_apart
};
using Listing = std::shared_ptr<const std::vector<NamedFile>>;

/// DBFS of the server as Linux asks for it: names and attributes from the server, contents as whole files through the
/// cache. From open to close a file is what it was when it was opened; what is written reaches the server when it is
/// closed (or synced). Thread-safe; throws std::system_error.
class FileSystem {
  public:
    FileSystem(ServerFiles server, ContentCache& cache, const Clock& clock);

    Entry look_up(std::uint64_t parent, const std::string& name);
    void forget(std::uint64_t number, std::uint64_t lookups) { inodes_.forget(number, lookups); }
    FileInfo info(std::uint64_t number);
    FileInfo info_of_open(std::uint64_t handle);

    Opened open(std::uint64_t number, int flags);
    std::pair<Entry, Opened> create(std::uint64_t parent, const std::string& name, int flags);
    std::size_t read(std::uint64_t handle, char* bytes, std::size_t size, off_t offset);
    void write(std::uint64_t handle, const char* bytes, std::size_t size, off_t offset);
    /// What was written reaches the server, or this throws.
    void store(std::uint64_t handle);
    void close(std::uint64_t handle);
    void truncate(std::uint64_t number, off_t size);
    void truncate_open(std::uint64_t handle, off_t size);
    void set_modified(std::uint64_t number, std::int64_t modified_ns);

    Entry make_directory(std::uint64_t parent, const std::string& name);
    void remove_directory(std::uint64_t parent, const std::string& name);
    void remove(std::uint64_t parent, const std::string& name);
    void rename(std::uint64_t parent, const std::string& name, std::uint64_t new_parent, const std::string& new_name,
                Replace replace);
    /// A further name of what was stored; from then on it is a file of its own to Linux here.
    Entry link(std::uint64_t number, std::uint64_t new_parent, const std::string& new_name);

    std::uint64_t open_directory(std::uint64_t number);
    Listing listing(std::uint64_t handle);
    void close_directory(std::uint64_t handle);

  private:
    enum class Access { kRead, kWrite, kTruncate };
    struct Handle {
        InodePointer inode;
        std::shared_ptr<OpenFile> content;
        bool writes = false;
    };
    FileInfo ask(const std::string& path);
    std::shared_ptr<OpenFile> content_for(Inode& inode, const std::string& path, Access access);
    std::shared_ptr<OpenFile> fetch(const std::string& path, FileInfo info);
    /// Under the inode's lock.
    void store(const Inode& inode, OpenFile& content);
    Opened remember(Handle handle);
    Handle handle_of(std::uint64_t number) const;

    const ServerFiles server_;
    ContentCache& cache_;
    InodeTable inodes_;
    SeenFiles seen_;
    std::array<std::mutex, 64> fetching_;  // by tag: a content is fetched once
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, Handle> handles_;
    std::unordered_map<std::uint64_t, Listing> listings_;
};

}  // namespace stoker::dbfs_mount
