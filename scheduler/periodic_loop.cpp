#include "scheduler/periodic_loop.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "db/listener.h"

namespace stoker::scheduler {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds kLongestPause{30000};

milliseconds pause_after(int failures_in_a_row, milliseconds first) {
    return std::min(kLongestPause, first * (1 << std::min(failures_in_a_row, 10)));
}
}  // namespace

PeriodicLoop::PeriodicLoop(db::Pool& pool, const Clock& clock, Leadership& leadership,
                           std::vector<std::unique_ptr<Service>> services)
    : pool_(pool), clock_(clock), leadership_(leadership) {
    for (auto& service : services) {
        entries_.push_back(std::make_unique<Entry>());
        entries_.back()->service = std::move(service);
    }
}

Clock::Monotonic PeriodicLoop::run_due() {
    if (clock_.monotonic() < retry_keep_) return retry_keep_;
    try {
        if (!leadership_.keep()) return leadership_.next_due();
        failed_keeps_ = 0;
    } catch (const std::exception& error) {
        spdlog::error("scheduler: the leader's lease could not be kept: {}", error.what());
        retry_keep_ = clock_.monotonic() + pause_after(failed_keeps_++, milliseconds(500));
        return retry_keep_;
    }
    Clock::Monotonic next = leadership_.next_due();
    for (auto& entry : entries_) {
        if (entry->due <= clock_.monotonic()) {
            try {
                if (!run(*entry)) return leadership_.next_due();
            } catch (const std::exception& error) {
                note_failure(*entry, error.what());
            }
        }
        next = std::min(next, entry->due);
    }
    return next;
}

bool PeriodicLoop::run(Entry& entry) {
    Service& service = *entry.service;
    EpochMillis now = clock_.epoch_millis();
    bool leads = false;
    ServiceResult result = pool_.run_blocking([&](db::Transaction& tx) {
        leads = leadership_.fence(tx);
        return leads ? service.run_once(tx, now) : ServiceResult{};
    });
    if (!leads) return false;
    ++entry.runs;
    entry.done += static_cast<std::uint64_t>(result.done);
    entry.failures_in_a_row = 0;
    entry.due = clock_.monotonic() + std::min(service.interval(), result.again_in.value_or(service.interval()));
    tell(result.notices);
    return true;
}

void PeriodicLoop::tell(const Notices& notices) {
    db::notify(pool_, db::kCancelChannel, notices.cancel);
    db::notify(pool_, db::kRunsChannel, notices.runs);
    db::notify(pool_, db::kReadyChannel, notices.ready);
    db::notify(pool_, db::kClustersChannel, notices.clusters);
}

void PeriodicLoop::note_failure(Entry& entry, const char* what) {
    ++entry.failures;
    spdlog::error("service={} failed: {}", entry.service->name(), what);
    entry.due = clock_.monotonic() + pause_after(entry.failures_in_a_row++, entry.service->interval());
}

void PeriodicLoop::hurry() {
    for (auto& entry : entries_)
        if (entry->service->is_awaited() && entry->failures_in_a_row == 0) entry->due = clock_.monotonic();
}

std::vector<ServiceCount> PeriodicLoop::counts() const {
    std::vector<ServiceCount> counts;
    for (const auto& entry : entries_)
        counts.push_back({std::string(entry->service->name()), entry->runs, entry->failures, entry->done});
    return counts;
}

}  // namespace stoker::scheduler
