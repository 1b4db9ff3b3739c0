#include "api/run_waiters.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace stoker::api {
namespace net = boost::asio;

struct RunWaiters::State {
    explicit State(const net::any_io_executor& executor) : timer(executor) {}
    net::steady_timer timer;  // cancelled to wake
    net::steady_timer::time_point deadline = net::steady_timer::time_point::max();
    bool woken = false;
    bool over = false;

    void wake() {
        woken = true;
        timer.cancel();
    }
    void end() {
        over = true;
        timer.cancel();
    }
};

RunWaiters::RunWaiters(net::any_io_executor executor, std::chrono::milliseconds sweep_interval)
    : executor_(std::move(executor)), sweep_interval_(sweep_interval), sweep_(std::make_shared<State>(executor_)) {}

RunWaiters::~RunWaiters() {
    sweep_->end();
}

std::unique_ptr<RunWaiters::Waiter> RunWaiters::enter(RunId run_id, std::chrono::milliseconds limit,
                                                      std::shared_ptr<ClientPresence> client) {
    auto state = std::make_shared<State>(executor_);
    state->deadline = net::steady_timer::clock_type::now() + limit;
    state->over = stopped_;
    if (waiters_.empty() && !stopped_) arm_sweep();
    waiters_.emplace(run_id, state);
    return std::make_unique<Waiter>(*this, run_id, std::move(state), std::move(client));
}

void RunWaiters::wake(const std::vector<std::string>& run_ids) {
    if (waiters_.empty()) return;
    for (const auto& text : run_ids) {
        RunId run_id;
        std::from_chars(text.data(), text.data() + text.size(), run_id.value);
        auto [first, last] = waiters_.equal_range(run_id);
        for (; first != last; ++first) first->second->wake();
    }
}

void RunWaiters::wake_all() {
    for (auto& [run_id, state] : waiters_) state->wake();
}

void RunWaiters::stop() {
    stopped_ = true;
    sweep_->end();
    for (auto& [run_id, state] : waiters_) state->end();
}

/// Runs while somebody waits.
void RunWaiters::arm_sweep() {
    sweep_->timer.expires_after(sweep_interval_);
    sweep_->timer.async_wait([this, sweep = sweep_](const boost::system::error_code& error) {
        if (error || sweep->over || waiters_.empty()) return;
        wake_all();
        arm_sweep();
    });
}

RunWaiters::Waiter::Waiter(RunWaiters& owner, RunId run_id, std::shared_ptr<State> state,
                           std::shared_ptr<ClientPresence> client)
    : owner_(owner), run_id_(run_id), state_(std::move(state)), client_(std::move(client)) {
    if (client_) client_->on_gone = [state = state_] { state->end(); };
}

RunWaiters::Waiter::~Waiter() {
    if (client_) client_->on_gone = nullptr;
    auto [first, last] = owner_.waiters_.equal_range(run_id_);
    for (; first != last; ++first) {
        if (first->second != state_) continue;
        owner_.waiters_.erase(first);
        break;
    }
    if (owner_.waiters_.empty()) owner_.sweep_->timer.cancel();
}

net::awaitable<bool> RunWaiters::Waiter::changed() {
    auto state = state_;
    if (client_ && client_->gone) co_return false;
    if (!state->woken && !state->over) {
        state->timer.expires_at(state->deadline);
        co_await state->timer.async_wait(net::as_tuple(net::use_awaitable));
    }
    if (state->over) co_return false;
    co_return std::exchange(state->woken, false);
}

net::awaitable<void> RunWaiters::Waiter::changed_within(std::chrono::milliseconds patience) {
    auto state = state_;
    if (!state->woken && !state->over) {
        state->timer.expires_at(std::min(state->deadline, net::steady_timer::clock_type::now() + patience));
        co_await state->timer.async_wait(net::as_tuple(net::use_awaitable));
    }
    state->woken = false;
}

}  // namespace stoker::api
