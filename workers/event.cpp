#include "workers/event.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stoker::workers {
namespace net = boost::asio;
namespace {

/// Leaves the set also when the coroutine's frame is destroyed while it waits.
struct Registration {
    std::set<net::steady_timer*>& waiters;
    net::steady_timer* timer;
    Registration(std::set<net::steady_timer*>& all, net::steady_timer* own) : waiters(all), timer(own) {
        waiters.insert(timer);
    }
    ~Registration() { waiters.erase(timer); }
};

}  // namespace

void Event::notify() {
    for (net::steady_timer* timer : waiters_) timer->expires_at(net::steady_timer::time_point::min());
}

net::awaitable<void> Event::wait() {
    co_await wait_until(net::steady_timer::time_point::max());
}

net::awaitable<bool> Event::wait_until(std::chrono::steady_clock::time_point end) {
    net::steady_timer timer(executor_, end);
    const Registration registration(waiters_, &timer);
    co_await timer.async_wait(net::as_tuple(net::use_awaitable));
    co_return timer.expiry() == net::steady_timer::time_point::min();
}

}  // namespace stoker::workers
