#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "clusters/git_checkouts.h"
#include "db/git_store.h"
#include "db/pool.h"
#include "workers/active_runs.h"
#include "workers/checkout.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// Checkouts for the runs of this worker, each a tree of hard links in its own folder, so that no worker's kernels read
/// what others have checked out. One that no run uses any more stays while it is among the last few. On the I/O thread;
/// git runs on threads of its own.
class Checkouts {
  public:
    Checkouts(KernelHost& host, db::Pool& pool);
    ~Checkouts();

    /// The files that the run's task is to read, of the commit that its run has pinned, or pins here. nullptr: the run
    /// has to end, the worker leaves, or the lease is lost. Throws RunRefused when it cannot be checked out.
    boost::asio::awaitable<std::shared_ptr<const Checkout>> check_out(std::shared_ptr<ActiveRun> run);

    /// What runs that have to end were waiting for is not gone on with.
    void wake();
    /// Nothing is checked out any more.
    void stop();

  private:
    /// One call of check_out.
    struct Work {
        std::shared_ptr<ActiveRun> run;
        clusters::GitAccess access;  // a credential has no token before it is opened
        std::optional<db::GitCredential> sealed;
        std::string commit;
        std::stop_source stop;
    };
    struct Kept {
        std::shared_ptr<const Checkout> checkout;
        Clock::Monotonic last_used;
    };
    class Registration;
    class Turn;

    boost::asio::awaitable<std::shared_ptr<const Checkout>> check_out(Work& work);
    /// Waits until no other does what is named so; throws Stopped.
    boost::asio::awaitable<std::unique_ptr<Turn>> turn(Work& work, std::string name);
    boost::asio::awaitable<void> pin(Work& work);
    boost::asio::awaitable<std::shared_ptr<const Checkout>> make(Work& work, std::string key);
    /// Before git needs it.
    boost::asio::awaitable<void> open_credential(Work& work);
    void remove_unused();

    KernelHost& host_;
    db::Pool& pool_;
    clusters::GitCheckouts git_;
    std::map<std::string, Kept> kept_;  // by what was asked for
    std::set<Work*> works_;
    std::set<std::string> turns_;  // taken
    Event changed_;
    bool stopped_ = false;
    int made_ = 0;
    boost::asio::thread_pool threads_;
};

}  // namespace stoker::workers
