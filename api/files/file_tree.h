#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "api/files/file_status.h"
#include "api/files/new_file.h"
#include "api/files/root_folder.h"
#include "core/clock.h"

namespace stoker::api {

/// A file held open: it stays as it is while others replace it.
class OpenFile {
  public:
    OpenFile(FileDescriptor file, FileStatus status) : file_(std::move(file)), status_(std::move(status)) {}
    const FileStatus& status() const { return status_; }
    /// Fewer bytes than asked for only at the end. Throws FileError.
    std::string read(std::int64_t offset, std::size_t size) const;

  private:
    FileDescriptor file_;
    FileStatus status_;
};

enum class Recursive { kNo, kYes };

/// Files and folders under one root, shared with whatever else writes there (notebooks). Every call blocks, so it is
/// made on a thread of FileStore; paths are those of `tree_path`. Failures are FileErrors. Thread-safe.
class FileTree {
  public:
    FileTree(std::filesystem::path root, const Clock& clock) : root_(std::move(root)), clock_(clock) {}

    FileStatus status(const std::string& path) const;
    /// What is in a folder, by name; a file lists itself. More than `most` are refused. Links that lead nowhere or out
    /// of the root are not shown, as they cannot be opened.
    std::vector<FileStatus> list(const std::string& path, std::size_t most) const;

    struct Page {
        std::vector<FileStatus> entries;
        std::string next;  // the name to go on after; "" = this was the last page
    };
    /// The next `size` entries after that name. The whole folder is looked through, but never held.
    Page list_page(const std::string& path, const std::string& after, std::size_t size) const;

    OpenFile open(const std::string& path) const;
    void make_folders(const std::string& path) const;
    /// The file or folder itself, or the link; the folders of the new path are made. What is there is in the way.
    void move(const std::string& from, const std::string& to) const;
    /// false: there was nothing. A full folder vanishes at once; that returns when its files are gone, too.
    bool remove(const std::string& path, Recursive recursive);

    // As the system calls do, for machines that mount the tree.
    /// What is there already is in the way, and the folder above is not made.
    void make_folder(const std::string& path) const;
    void remove_folder(const std::string& path) const;
    void unlink(const std::string& path) const;
    /// In one step; Overwrite::kYes replaces a file, or an empty folder by a folder.
    void rename(const std::string& from, const std::string& to, Overwrite overwrite) const;
    /// A further name of the file, in one step; what is there already is in the way.
    void link(const std::string& from, const std::string& to) const;
    void set_modified(const std::string& path, std::int64_t modified_ns) const;

    std::shared_ptr<NewFile> begin_file();
    std::shared_ptr<NewFile> resume_file(const std::string& name) const;
    /// Refuses early what NewFile::publish would refuse at the end.
    void check_target(const std::string& path, Overwrite overwrite) const;

  private:
    /// Removes what servers that were killed have left in the hidden folder, now and then.
    void sweep();

    const std::filesystem::path root_;
    const Clock& clock_;
    std::atomic<Clock::Monotonic::rep> next_sweep_{0};
};

}  // namespace stoker::api
