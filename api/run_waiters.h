#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "api/http/request.h"
#include "core/ids.h"

namespace stoker::api {

/// Requests that wait for a run to end (`Prefer: wait`). A waiter enters first and reads the run's state after that, so
/// that an end between the two is not missed; then it sleeps until a NOTIFY names its run, the sweep comes by, its time
/// is up, its client leaves, or the server stops. I/O thread only.
class RunWaiters {
  public:
    class Waiter;

    RunWaiters(boost::asio::any_io_executor executor, std::chrono::milliseconds sweep_interval);
    ~RunWaiters();

    /// `limit` from now; `client` may be null.
    std::unique_ptr<Waiter> enter(RunId run_id, std::chrono::milliseconds limit,
                                  std::shared_ptr<ClientPresence> client);

    void wake(const std::vector<std::string>& run_ids);
    /// After a lost LISTEN connection, and at each sweep: everyone looks again.
    void wake_all();
    /// Every wait, present and future, is over at once.
    void stop();
    bool is_stopped() const { return stopped_; }
    std::size_t size() const { return waiters_.size(); }

  private:
    struct State;
    void arm_sweep();

    boost::asio::any_io_executor executor_;
    std::chrono::milliseconds sweep_interval_;
    std::multimap<RunId, std::shared_ptr<State>> waiters_;
    std::shared_ptr<State> sweep_;
    bool stopped_ = false;
};

/// One waiting request; leaves the waiters when destroyed.
class RunWaiters::Waiter {
  public:
    Waiter(RunWaiters& owner, RunId run_id, std::shared_ptr<State> state, std::shared_ptr<ClientPresence> client);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// true: look at the run again. false: there is no more time, or nobody to answer.
    boost::asio::awaitable<bool> changed();
    /// The same, for `patience` at most.
    boost::asio::awaitable<void> changed_within(std::chrono::milliseconds patience);

  private:
    RunWaiters& owner_;
    RunId run_id_;
    std::shared_ptr<State> state_;
    std::shared_ptr<ClientPresence> client_;
};

}  // namespace stoker::api
