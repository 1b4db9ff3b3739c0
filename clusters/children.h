#pragma once
#include <mutex>
#include <set>

#include <sys/types.h>

#include "clusters/process.h"

namespace stoker::clusters {

/// The processes that this process has started and still means to have. Whatever else becomes its child was orphaned by
/// one of them. Thread-safe: a spawn and a hunt for strays exclude each other, so that no new child is taken for a
/// stray.
class Children {
  public:
    /// As clusters::spawn; the child counts as known until `reap` returns.
    pid_t spawn(const SpawnRequest& request);
    /// A child that somebody else started and reaps is no stray either.
    void know(pid_t pid);
    /// Blocks until the child has ended, reaps it and forgets it. Exit status, or 128 + the signal that ended it.
    int reap(pid_t pid);
    /// A child that somebody else in this process has spawned, and will reap, is no stray either.
    void keep(pid_t pid);
    /// Ends what known children left behind. Returns how many.
    int end_strays();

  private:
    std::mutex mutex_;
    std::set<pid_t> known_;  // protected by mutex_
};

}  // namespace stoker::clusters
