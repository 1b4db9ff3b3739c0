#pragma once
#include <chrono>
#include <set>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace stoker::workers {

/// Wakes coroutines of one thread. It holds no state: a waiter checks its own condition in a loop, and nothing can come
/// between that check and the wait, since everything happens on the executor's only thread.
class Event {
  public:
    explicit Event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    /// Wakes all who wait now.
    void notify();
    boost::asio::awaitable<void> wait();
    /// false: nobody notified before `end`.
    boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point end);

  private:
    boost::asio::any_io_executor executor_;
    std::set<boost::asio::steady_timer*> waiters_;
};

}  // namespace stoker::workers
