#pragma once
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "workers/event.h"

namespace stoker::workers {

/// Owns coroutines: whoever spawns one can wait until it has ended. Must outlive them, so its owner joins it last of
/// all.
class TaskGroup {
  public:
    explicit TaskGroup(boost::asio::any_io_executor executor);
    ~TaskGroup();

    /// An exception that leaves `body` is logged as an error under `name`; it ends that coroutine only.
    void spawn(std::string name, boost::asio::awaitable<void> body);
    boost::asio::awaitable<void> join();

  private:
    boost::asio::any_io_executor executor_;
    std::size_t running_ = 0;
    Event ended_;
};

}  // namespace stoker::workers
