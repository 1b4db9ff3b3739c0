#include "api/http/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace stoker::api {

TaskGroup::TaskGroup(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

void TaskGroup::spawn(std::string name, boost::asio::awaitable<void> task) {
    ++state_->running;
    boost::asio::co_spawn(executor_, std::move(task),
                          [state = state_, name = std::move(name)](std::exception_ptr failure) {
                              if (failure) {
                                  try {
                                      std::rethrow_exception(failure);
                                  } catch (const std::exception& error) {
                                      spdlog::error("task failed task={} cause=\"{}\"", name, error.what());
                                  }
                              }
                              if (--state->running == 0 && state->on_empty) std::exchange(state->on_empty, nullptr)();
                          });
}

void TaskGroup::when_empty(std::function<void()> callback) {
    state_->on_empty = std::move(callback);
    if (state_->running == 0)
        boost::asio::post(executor_, [state = state_] {
            if (state->running == 0 && state->on_empty) std::exchange(state->on_empty, nullptr)();
        });
}

}  // namespace stoker::api
