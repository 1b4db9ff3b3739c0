#include "workers/shared_kernels.h"

#include <algorithm>
#include <iterator>

#include <spdlog/spdlog.h>

namespace stoker::workers {
namespace net = boost::asio;

namespace {
constexpr std::chrono::minutes kLongestIdle{5};
}  // namespace

std::shared_ptr<Kernel> SharedKernels::newest(const Key& key) {
    waiting_.remove_if([](const Waiting& entry) { return !entry.kernel->free_again(); });
    const auto found =
        std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const Waiting& entry) { return entry.key == key; });
    if (found == waiting_.rend()) return nullptr;
    auto kernel = std::move(found->kernel);
    waiting_.erase(std::prev(found.base()));
    return kernel;
}

net::awaitable<std::shared_ptr<Kernel>> SharedKernels::take(Key key, std::function<bool()> given_up) {
    for (;;) {
        if (auto kernel = newest(key)) co_return kernel;
        if (!on_the_way_.contains(key) || given_up()) co_return nullptr;
        co_await changed_.wait();
    }
}

void SharedKernels::give_back(Key key, std::shared_ptr<Kernel> kernel) {
    ++on_the_way_[key];
    host_.tasks.spawn("shared kernel", wait_for(std::move(key), std::move(kernel)));
}

net::awaitable<void> SharedKernels::wait_for(Key key, std::shared_ptr<Kernel> kernel) {
    const auto end = host_.clock.monotonic() + host_.settings.kill_grace;
    const bool free = co_await kernel->put_back_before(end);
    if (--on_the_way_[key] == 0) on_the_way_.erase(key);
    if (free) {
        waiting_.push_back({std::move(key), std::move(kernel), host_.clock.monotonic()});
        if (waiting_.size() > host_.settings.shared_kernels) {
            waiting_.front().kernel->end_at_once();
            waiting_.pop_front();
        }
    } else {
        kernel->leave();
    }
    changed_.notify();
}

void SharedKernels::retire_idle() {
    const auto horizon = host_.clock.monotonic() - kLongestIdle;
    while (!waiting_.empty() && waiting_.front().since < horizon) {
        spdlog::info("shared kernel retires kernel={}", waiting_.front().kernel->id());
        waiting_.front().kernel->end_at_once();
        waiting_.pop_front();
    }
}

}  // namespace stoker::workers
