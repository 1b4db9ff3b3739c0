#include "scheduler/notification_sender.h"

#include <csignal>

#include <spdlog/spdlog.h>

namespace stoker::scheduler {
namespace {
constexpr int kThreads = 4;

/// Signals are the main thread's to handle, and a receiver that hangs up is no reason to die of SIGPIPE.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}
}  // namespace

NotificationSender::NotificationSender(db::Pool& pool, const Clock& clock, NotificationSettings settings,
                                       std::string sealing_key, Workspace workspace)
    : delivery_(pool, clock, std::move(settings), std::move(sealing_key), std::move(workspace)) {}

NotificationSender::~NotificationSender() {
    for (std::jthread& thread : threads_) thread.request_stop();
}

ServiceResult NotificationSender::run_once(db::Transaction& tx, EpochMillis now) {
    ServiceResult result;
    result.done = sent_.exchange(0);
    if (!db::has_due_notification(tx, now)) return result;
    {
        const std::lock_guard lock(mutex_);
        ++looks_;
    }
    woken_.notify_all();
    while (threads_.size() < kThreads)
        threads_.emplace_back([this](const std::stop_token& stop) {
            block_signals();
            work(stop);
        });
    return result;
}

void NotificationSender::work(const std::stop_token& stop) {
    std::uint64_t seen = 0;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            if (!woken_.wait(lock, stop, [&] { return looks_ != seen; })) return;
            seen = looks_;
        }
        deliver_all(stop);
    }
}

void NotificationSender::deliver_all(const std::stop_token& stop) {
    try {
        while (!stop.stop_requested() && delivery_.deliver_next(stop)) ++sent_;
    } catch (const std::exception& failure) {
        // Of the database: what was leased is due again when its lease is over.
        spdlog::error("service={} failed: {}", name(), failure.what());
    }
}

}  // namespace stoker::scheduler
