#pragma once
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "clusters/file_descriptor.h"

namespace stoker::dbfs_mount {

/// Descriptors of a process that serves a mount.
inline constexpr int kConnection = 3;
inline constexpr int kGreeting = 4;

/// DBFS' place on this machine. Mounted for as long as it lives, whoever serves it meanwhile: a process that dies is
/// followed by another on the same connection, which Linux' requests wait for. So the mount is one for all who hold it
/// or a right to it (mount namespaces, Landlock).
class MountPoint {
  public:
    /// A mount that an earlier process has left there goes first. Throws std::runtime_error that says what is missing.
    explicit MountPoint(const std::filesystem::path& folder);
    ~MountPoint();
    MountPoint(const MountPoint&) = delete;

    /// (this process's, kConnection or kGreeting) for who serves.
    std::vector<std::pair<int, int>> descriptors() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace stoker::dbfs_mount
