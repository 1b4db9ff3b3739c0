#pragma once
#include <filesystem>
#include <stop_token>

#include "clusters/file_descriptor.h"

namespace stoker::clusters {

/// A lock between processes, and between threads that each have one: flock on a file, which is made when missing and
/// stays. Held until the object goes.
class FileLock {
  public:
    enum class Kind { kShared, kExclusive };
    /// Holds nothing yet. The folder of `file` must exist.
    explicit FileLock(const std::filesystem::path& file);

    bool try_now(Kind kind);
    /// Throws clusters::Stopped when asked to stop while others hold it.
    void wait(Kind kind, const std::stop_token& stop);

  private:
    FileDescriptor file_;
};

}  // namespace stoker::clusters
