#include "workers/lease_keeper.h"

#include <algorithm>
#include <exception>

#include <spdlog/spdlog.h>

namespace stoker::workers {
namespace net = boost::asio;

namespace {
/// How long the watch sleeps while there is nothing to watch.
constexpr std::chrono::seconds kIdleWatch{1};
}  // namespace

LeaseKeeper::LeaseKeeper(net::any_io_executor executor, const Clock& clock, std::chrono::milliseconds lease,
                         ActiveRuns& runs, Renew renew, std::function<void()> on_stop)
    : clock_(clock),
      lease_(lease),
      runs_(runs),
      renew_(std::move(renew)),
      on_stop_(std::move(on_stop)),
      table_(lease),
      changed_(executor) {}

void LeaseKeeper::watch(const ActiveRun& run) {
    table_.add(run.claim.run_id, run.claim_sent_at);
    changed_.notify();
}

void LeaseKeeper::forget(RunId run_id) {
    table_.remove(run_id);
}

net::awaitable<void> LeaseKeeper::keep_renewing() {
    auto next = clock_.monotonic();
    while (!stopped_) {
        next = std::max(next + lease_ / 3, clock_.monotonic());
        for (bool woken = true; woken && !stopped_;) woken = co_await changed_.wait_until(next);
        if (!stopped_) co_await renew_once();
    }
}

net::awaitable<void> LeaseKeeper::renew_once() {
    const auto sent_at = clock_.monotonic();
    const auto held = runs_.leases();
    try {
        const db::HeartbeatResult result = co_await renew_(held);
        apply(result, held, sent_at);
    } catch (const std::exception& error) {
        spdlog::warn("heartbeat failed leases={} error=\"{}\"", held.size(), error.what());
    }
}

void LeaseKeeper::apply(const db::HeartbeatResult& result, const std::vector<db::HeldLease>& held,
                        Clock::Monotonic sent_at) {
    for (const db::HeldLease& lease : held) {
        if (std::find(result.lost.begin(), result.lost.end(), lease.run_id) == result.lost.end()) {
            table_.renewed(lease.run_id, sent_at);
        }
    }
    for (const RunId run_id : result.lost) {
        const auto run = runs_.find(run_id);
        // A finish that was committed meanwhile has taken the lease away; its own answer tells whether it held.
        if (!run || run->finishing) continue;
        spdlog::warn("lease lost run_id={} job_id={}", run_id.value, run->claim.job_id.value);
        runs_.end(*run, EndReason::kLeaseLost);
    }
    for (const RunId run_id : result.cancelled) {
        if (const auto run = runs_.find(run_id)) runs_.end(*run, EndReason::kCancelled);
    }
    if (result.stop) on_stop_();
}

net::awaitable<void> LeaseKeeper::keep_watch() {
    while (!stopped_) {
        give_up_overdue();
        co_await changed_.wait_until(table_.next_deadline().value_or(clock_.monotonic() + kIdleWatch));
    }
}

int LeaseKeeper::give_up_overdue() {
    const auto overdue = table_.overdue(clock_.monotonic());
    for (const RunId run_id : overdue) {
        table_.remove(run_id);
        const auto run = runs_.find(run_id);
        if (!run) continue;
        spdlog::error("lease could not be renewed in time, its kernel is killed run_id={} job_id={}", run_id.value,
                      run->claim.job_id.value);
        runs_.end(*run, EndReason::kLeaseLost);
    }
    return static_cast<int>(overdue.size());
}

void LeaseKeeper::stop() {
    stopped_ = true;
    changed_.notify();
}

}  // namespace stoker::workers
