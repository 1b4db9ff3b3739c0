#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "scheduler/notification_delivery.h"
#include "scheduler/service.h"

namespace stoker::scheduler {

/// Delivers notifications. The service itself only looks whether any is due; sending may take long, so threads of its
/// own do it, outside of every transaction.
class NotificationSender : public Service {
  public:
    /// `pool` and `clock` outlive it. No thread starts before there is something to send.
    NotificationSender(db::Pool& pool, const Clock& clock, NotificationSettings settings, std::string sealing_key,
                       Workspace workspace);
    /// Breaks off what is being sent, and blocks until that is recorded.
    ~NotificationSender() override;

    std::string_view name() const override { return "notification_sender"; }
    std::chrono::milliseconds interval() const override { return std::chrono::seconds(1); }
    ServiceResult run_once(db::Transaction& tx, EpochMillis now) override;

  private:
    void work(const std::stop_token& stop);
    void deliver_all(const std::stop_token& stop);

    NotificationDelivery delivery_;
    std::atomic<int> sent_ = 0;  // since the last look
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::uint64_t looks_ = 0;            // that found something; protected by mutex_
    std::vector<std::jthread> threads_;  // touched by the scheduler's thread only
};

}  // namespace stoker::scheduler
