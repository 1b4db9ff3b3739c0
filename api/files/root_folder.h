#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "clusters/file_descriptor.h"

namespace stoker::api {

using clusters::FileDescriptor;

/// The root of a tree, held open for one operation. Others write in the tree meanwhile, symbolic links too: the kernel
/// itself keeps every look-up beneath the root. What is made in the tree belongs to whoever owns the root, with the
/// root's permissions, so that notebooks may change it.
class RootFolder {
  public:
    explicit RootFolder(const std::filesystem::path& root);

    /// openat2 beneath the root; no descriptor and errno when it fails, or when a link leads to what is unfinished.
    /// `path` as clients write it.
    FileDescriptor open(const std::string& path, int flags) const;
    /// The folder, for look-ups and fsync. Throws FileError.
    FileDescriptor open_folder(const std::string& path) const;
    /// The same, with all missing folders made. Throws FileError that names the file in the way.
    FileDescriptor make_folder(const std::string& path) const;
    /// The folder of what is unfinished, made when missing; closed to notebooks where they are another OS user.
    FileDescriptor hidden_folder() const;
    /// Throws FileError when the path, whose last link is not followed, names what is unfinished.
    void check_name(const std::string& path) const;

    /// Owner and permissions of the root, for a file or a folder of the tree.
    void hand_over(const FileDescriptor& made, const std::string& path) const;

  private:
    FileDescriptor open_shown(const FileDescriptor& folder, const std::string& relative, int flags,
                              std::uint64_t resolve) const;
    FileDescriptor step_into(const FileDescriptor& parent, const std::string& name, const std::string& path) const;

    FileDescriptor root_;
    std::string hidden_place_;  // where the hidden folder lies, for the whole system
    uid_t owner_ = 0;
    gid_t group_ = 0;
    mode_t mode_ = 0;
};

enum class Overwrite { kNo, kYes };
/// Overwrite::kNo: FileError kExists when something is there. `shown_path` is the new one.
void rename_in_tree(const FileDescriptor& from, const std::string& name, const FileDescriptor& to,
                    const std::string& new_name, Overwrite overwrite, const std::string& shown_path);
/// Throws FileError.
void sync(const FileDescriptor& file, const std::string& shown_path);

}  // namespace stoker::api
