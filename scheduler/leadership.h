#pragma once
#include <chrono>
#include <string>

#include "core/clock.h"
#include "db/pool.h"

namespace stoker::scheduler {

/// One process among many that share the database does what time brings: the holder of the lease `scheduler`. Used by
/// one thread.
class Leadership {
  public:
    Leadership(db::Pool& pool, const Clock& clock, std::string owner, std::chrono::seconds lease);

    /// Takes or extends the lease when that is due. Whether this process leads, as far as it knows.
    bool keep();
    /// When `keep` has something to do again.
    Clock::Monotonic next_due() const { return next_due_; }
    /// In the transaction that a service works in: whether this process really leads, and will until the transaction
    /// ends. A process that was paused past its lease finds out here, before it changes anything.
    bool fence(db::Transaction& tx);
    /// Gives the lease to whoever asks next.
    void resign();

  private:
    db::Pool& pool_;
    const Clock& clock_;
    const std::string owner_;
    const std::chrono::seconds lease_;
    Clock::Monotonic next_due_{};
    bool leads_ = false;
};

}  // namespace stoker::scheduler
