#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace stoker::api {

/// Coroutines that nobody awaits, counted and by name: one that throws is logged, and the owner learns when the last
/// has ended. I/O thread only.
class TaskGroup {
  public:
    explicit TaskGroup(boost::asio::any_io_executor executor);

    void spawn(std::string name, boost::asio::awaitable<void> task);
    std::size_t size() const { return state_->running; }
    /// Called once, as soon as none runs.
    void when_empty(std::function<void()> callback);

  private:
    struct State {
        std::size_t running = 0;
        std::function<void()> on_empty;
    };
    boost::asio::any_io_executor executor_;
    std::shared_ptr<State> state_ = std::make_shared<State>();  // outlives the group while tasks end
};

}  // namespace stoker::api
