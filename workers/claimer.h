#pragma once
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "db/pool.h"
#include "workers/active_runs.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// Claims task runs of the worker's cluster for its free slots: woken by a NOTIFY or a freed slot, with a sweep behind
/// them. While runs end fast it claims ahead what the slots will take next, so that none waits for a claim. One claim
/// at a time.
class Claimer {
  public:
    using OnClaim = std::function<void(std::shared_ptr<ActiveRun>)>;
    /// `on_backlog`: work may wait that no slot is free for; twice a second at most.
    Claimer(KernelHost& host, db::Pool& pool, ActiveRuns& runs, OnClaim on_claim, std::function<void()> on_backlog);

    boost::asio::awaitable<void> keep_claiming();
    /// There may be work.
    void wake();
    void stop();

  private:
    int limit() const;
    void tell_backlog();
    boost::asio::awaitable<void> claim(int limit);

    KernelHost& host_;
    db::Pool& pool_;
    ActiveRuns& runs_;
    OnClaim on_claim_;
    std::function<void()> on_backlog_;
    Clock::Monotonic next_backlog_{};  // not told before
    bool work_may_wait_ = true;
    bool stopped_ = false;
    bool failing_ = false;
};

}  // namespace stoker::workers
