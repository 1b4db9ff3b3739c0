#pragma once
#include <compare>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "workers/event.h"
#include "workers/kernel.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

class ZygoteTree;

/// Kernels that have run a notebook of a job with `stoker.isolation: shared` and wait for the next run of such a job.
/// They hold no slot. Lives on the I/O thread.
class SharedKernels {
  public:
    /// Whose next run may find what the last one left in modules: same environment, same identity.
    struct Key {
        const ZygoteTree* environment = nullptr;
        std::string run_as_user_name;
        auto operator<=>(const Key&) const = default;
    };

    explicit SharedKernels(KernelHost& host) : host_(host), changed_(host.executor) {}

    /// One that waits for such a run. One that is about to is waited for: that takes less than a fork. nullptr when
    /// there is none, or `given_up` meanwhile.
    boost::asio::awaitable<std::shared_ptr<Kernel>> take(Key key, std::function<bool()> given_up);
    /// After a run that has finished; a kernel that does not put itself back within the grace is ended.
    void give_back(Key key, std::shared_ptr<Kernel> kernel);
    /// Wakes `take`, so that it looks at `given_up`.
    void wake() { changed_.notify(); }
    /// Ends those that no run has wanted for a while.
    void retire_idle();

  private:
    struct Waiting {
        Key key;
        std::shared_ptr<Kernel> kernel;
        Clock::Monotonic since;
    };
    boost::asio::awaitable<void> wait_for(Key key, std::shared_ptr<Kernel> kernel);
    std::shared_ptr<Kernel> newest(const Key& key);

    KernelHost& host_;
    std::list<Waiting> waiting_;             // the longest first
    std::map<Key, std::size_t> on_the_way_;  // finished, not yet put back
    Event changed_;
};

}  // namespace stoker::workers
