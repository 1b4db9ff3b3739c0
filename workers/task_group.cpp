#include "workers/task_group.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

namespace stoker::workers {
namespace net = boost::asio;

TaskGroup::TaskGroup(net::any_io_executor executor) : executor_(executor), ended_(executor) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, net::awaitable<void> body) {
    ++running_;
    net::co_spawn(executor_, std::move(body), [this, name = std::move(name)](std::exception_ptr failure) {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            spdlog::error("coroutine failed name={} error=\"{}\"", name, error.what());
        }
        --running_;
        ended_.notify();
    });
}

net::awaitable<void> TaskGroup::join() {
    while (running_ > 0) co_await ended_.wait();
}

}  // namespace stoker::workers
