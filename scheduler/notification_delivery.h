#pragma once
#include <chrono>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "core/clock.h"
#include "db/notification_store.h"
#include "db/pool.h"
#include "scheduler/notification_message.h"
#include "scheduler/outbound_transfer.h"

namespace stoker::scheduler {

/// What an operator may set of deliveries.
struct NotificationSettings {
    SmtpSettings smtp;
    OutboundAddresses outbound;
    std::string pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
};

/// How long to wait after so many tries that failed: it doubles up to an hour. `chance`, of [0, 1), spreads those who
/// failed together over the second half of it.
std::chrono::milliseconds pause_after(int tries, double chance);

/// "v1=" and the hex HMAC-SHA256 of `<timestamp>.<body>`; docs/operations/notifications.md shows how to check it.
std::string webhook_signature(const std::string& secret, const std::string& timestamp, const std::string& body);

/// Takes what is due out of the outbox, one by one: a short transaction leases it, then it is sent, then the outcome is
/// recorded. A process that dies in between leaves it due again: at least once. Thread-safe; any number of processes.
class NotificationDelivery {
  public:
    NotificationDelivery(db::Pool& pool, const Clock& clock, NotificationSettings settings, std::string sealing_key,
                         Workspace workspace);

    /// Sends the next one, and records how it went. false: none is due that may be sent now. Each destination gets one
    /// at a time, so that one that hangs holds up nobody else.
    bool deliver_next(const std::stop_token& stop);

  private:
    /// What is sent now is kept from others until it is through.
    class Turn;
    db::DeliveryRecord deliver(const db::LeasedNotification& notification, const std::stop_token& stop) const;
    TransferResult send(const db::LeasedNotification& notification, const std::stop_token& stop) const;
    TransferResult send_to_destination(const db::LeasedNotification& notification, const std::stop_token& stop) const;
    TransferResult mail(const db::LeasedNotification& notification, const std::stop_token& stop) const;

    db::Pool& pool_;
    const Clock& clock_;
    const NotificationSettings settings_;
    const std::string sealing_key_;
    const Workspace workspace_;
    std::mutex mutex_;
    std::set<std::string> busy_;  // destinations; protected by mutex_
    int mails_ = 0;               // on their way; protected by mutex_
};

}  // namespace stoker::scheduler
