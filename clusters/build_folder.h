#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "clusters/file_lock.h"
#include "core/ids.h"

namespace stoker::clusters {

/// Keeps a folder that is made once from being removed, in whatever process.
using InUse = std::shared_ptr<const FileLock>;

/// A folder under `root` that is made once for each hash, by whichever process comes first; the others wait for it.
///
/// It is made in place under its final name, since a virtual environment holds absolute paths; the file `.ready` in it,
/// written last, says that it is whole. A maker that was killed leaves no `.ready`: the next one begins anew.
class BuildFolder {
  public:
    /// `root` and root/.locks are made when missing.
    BuildFolder(std::filesystem::path root, std::string hash);

    const std::filesystem::path& path() const { return path_; }
    bool ready() const;

    /// Calls `make` with an empty folder, unless the folder is ready, under a lock that holds between processes too.
    /// When `make` throws, the folder is gone before the exception leaves. Throws clusters::Stopped when asked to stop
    /// while it waits for another maker.
    InUse make_once(const std::function<void(const std::filesystem::path& folder)>& make, const std::stop_token& stop);

  private:
    void make_under_lock(const std::function<void(const std::filesystem::path& folder)>& make);

    std::filesystem::path root_;
    std::filesystem::path path_;
    std::filesystem::path lock_file_;
};

/// Takes every right to write from files and folders beneath `folder`, and as root gives the folders to root. (Files
/// are hard links into uv's cache and stay their owner's.)
void make_read_only(const std::filesystem::path& folder);
/// Removes a folder, a read-only one too.
void remove_folder(const std::filesystem::path& folder);
/// For a process that was given the path of a folder that make_once has made.
InUse hold_build_folder(const std::filesystem::path& folder);
/// Removes folders under `root` that nobody uses, and nobody has used since. Returns the names.
std::vector<std::string> remove_unused(const std::filesystem::path& root, EpochMillis since);
/// Throws std::runtime_error with a sentence for the user when an installer's output says that the disk is full.
void refuse_full_disk(const std::string& output, const std::filesystem::path& folder);
/// Removes what makers that were killed left under `root`. Returns the names.
std::vector<std::string> remove_unfinished(const std::filesystem::path& root);

}  // namespace stoker::clusters
