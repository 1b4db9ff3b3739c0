#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace stoker::dbfs_mount {

class OpenFile;

/// What Linux knows by a number: a file or folder that it has looked up, and follows when it is renamed.
struct Inode {
    std::uint64_t number = 0;
    std::mutex opening;  // held by who opens, stores or renames it

    /// Of who has it open now.
    std::shared_ptr<OpenFile> content() const;
    void set_content(const std::shared_ptr<OpenFile>& opened);

    // Protected by the table.
    std::shared_ptr<Inode> parent;  // none: the root
    std::string name;
    std::uint64_t lookups = 0;  // that Linux has not forgotten
    bool removed = false;

  private:
    mutable std::mutex content_mutex_;
    std::weak_ptr<OpenFile> content_;
};
using InodePointer = std::shared_ptr<Inode>;

/// Numbers are never used twice, also not by the next process that serves the same mount: of one that it does not know
/// Linux is told that it is stale, and looks the path up again. Thread-safe.
class InodeTable {
  public:
    static constexpr std::uint64_t kRoot = 1;

    /// Numbers begin at `first`.
    explicit InodeTable(std::uint64_t first);

    /// Throws std::system_error ESTALE.
    InodePointer find(std::uint64_t number) const;
    /// Throws std::system_error ENOENT when it has been removed.
    std::string path_of(const Inode& inode) const;
    std::string path_of(const Inode& parent, const std::string& name) const;
    /// The one of that name, if Linux knows it.
    InodePointer known(const Inode& parent, const std::string& name) const;
    /// The one of that name, a lookup more.
    InodePointer look_up(const InodePointer& parent, const std::string& name);
    void forget(std::uint64_t number, std::uint64_t lookups);
    void removed(const Inode& parent, const std::string& name);
    /// What was there is removed.
    void renamed(const Inode& parent, const std::string& name, const InodePointer& new_parent,
                 const std::string& new_name);

    /// For other things that Linux knows by number.
    std::uint64_t new_number();

  private:
    static std::string key_of(const Inode& parent, const std::string& name);
    void remove(const std::string& key);
    std::string path_to(const Inode& inode) const;

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, InodePointer> by_number_;
    std::unordered_map<std::string, InodePointer> by_name_;
    std::uint64_t next_;
};

}  // namespace stoker::dbfs_mount
