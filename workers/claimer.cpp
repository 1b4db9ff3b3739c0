#include "workers/claimer.h"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace stoker::workers {
namespace net = boost::asio;

namespace {
constexpr std::chrono::seconds kPauseAfterFailure{1};
/// Claimed ahead is what the slots take within this time, by what they took within the last. Other workers may be free
/// for it sooner, and a run of higher priority may come.
constexpr std::chrono::milliseconds kAhead{50};
constexpr std::chrono::milliseconds kBacklogPause{500};
}  // namespace

Claimer::Claimer(KernelHost& host, db::Pool& pool, ActiveRuns& runs, OnClaim on_claim, std::function<void()> on_backlog)
    : host_(host), pool_(pool), runs_(runs), on_claim_(std::move(on_claim)), on_backlog_(std::move(on_backlog)) {}

net::awaitable<void> Claimer::keep_claiming() {
    auto next_sweep = host_.clock.monotonic() + host_.settings.sweep;
    while (!stopped_) {
        const int wanted = limit();
        if (work_may_wait_ && wanted > 0) {
            co_await claim(wanted);
            if (failing_) {
                const auto end = host_.clock.monotonic() + kPauseAfterFailure;
                for (bool woken = true; woken && !stopped_;) woken = co_await runs_.changed().wait_until(end);
            }
        } else {
            if (work_may_wait_) tell_backlog();
            const bool woken = co_await runs_.changed().wait_until(next_sweep);
            if (!woken) work_may_wait_ = true;
        }
        if (work_may_wait_) next_sweep = host_.clock.monotonic() + host_.settings.sweep;
    }
}

void Claimer::tell_backlog() {
    if (host_.clock.monotonic() < next_backlog_) return;
    next_backlog_ = host_.clock.monotonic() + kBacklogPause;
    on_backlog_();
}

int Claimer::limit() const {
    // One alone is no stream: what it leaves free is claimed when there is news.
    const auto taken = runs_.taken_within(kAhead);
    const auto ahead = taken < 2 ? 0 : taken;
    const auto waiting = runs_.waiting();
    // Half of it at once, so that a claim is for many.
    const std::size_t more = 2 * waiting <= ahead ? ahead - waiting : 0;
    return std::min(runs_.free_slots() + static_cast<int>(more), host_.settings.max_claim);
}

net::awaitable<void> Claimer::claim(int limit) {
    work_may_wait_ = false;
    const auto sent_at = host_.clock.monotonic();
    const auto lease_seconds = static_cast<int>(host_.settings.lease.count());
    const WorkerId worker_id = host_.launch.worker_id;
    try {
        const auto work = [=](db::Transaction& tx) { return db::claim_task_runs(tx, worker_id, limit, lease_seconds); };
        auto claims = co_await pool_.run_statement(work);
        failing_ = false;
        if (static_cast<int>(claims.size()) == limit) work_may_wait_ = true;
        for (db::ClaimedTaskRun& claimed : claims) {
            spdlog::info("task run claimed run_id={} job_id={} attempt={}", claimed.run_id.value, claimed.job_id.value,
                         claimed.attempt_number);
            on_claim_(std::make_shared<ActiveRun>(host_.executor, std::move(claimed), sent_at));
        }
    } catch (const std::exception& error) {
        if (!failing_) spdlog::warn("claim failed error=\"{}\"", error.what());
        failing_ = true;
        work_may_wait_ = true;
    }
}

void Claimer::wake() {
    work_may_wait_ = true;
    runs_.changed().notify();
}

void Claimer::stop() {
    stopped_ = true;
    runs_.changed().notify();
}

}  // namespace stoker::workers
