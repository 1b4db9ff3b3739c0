#include "scheduler/notification_delivery.h"

#include <algorithm>
#include <optional>

#include <spdlog/spdlog.h>

#include "core/email_address.h"
#include "core/hash.h"
#include "core/random.h"
#include "core/sealed_text.h"
#include "db/notification_destination_store.h"
#include "scheduler/mail.h"

namespace stoker::scheduler {
namespace {
using Json = nlohmann::json;
using Notification = db::LeasedNotification;
using std::chrono::milliseconds;

constexpr milliseconds kLease = std::chrono::minutes(2);  // longer than any transfer
constexpr milliseconds kFirstPause = std::chrono::seconds(30);
constexpr milliseconds kLongestPause = std::chrono::hours(1);
constexpr milliseconds kPatience = std::chrono::hours(24);
constexpr std::size_t kMaxError = 500;
constexpr int kMailsAtOnce = 2;  // they share one server

TransferResult failed_for_good(const std::string& why) {
    TransferResult result;
    result.failure = why;
    result.is_refused = true;
    return result;
}

double random_chance() {
    const std::string bytes = random_bytes(2);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
    return static_cast<double>(byte(0) << 8 | byte(1)) / 65536.0;
}

/// An answer that is no success is a failure, too. 410 says that there will be no success.
TransferResult judged(TransferResult result) {
    if (!result.failure.empty() || (result.status >= 200 && result.status < 300)) return result;
    result.failure = "The receiver answered with HTTP status " + std::to_string(result.status) + ".";
    result.is_refused = result.status == 410;
    if (result.status >= 300 && result.status < 400) result.failure += " Redirects are not followed.";
    return result;
}

std::string dumped(const Json& message) {
    return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A destination's secrets in clear.
class Secrets {
  public:
    Secrets(const Notification& notification, const std::string& sealing_key)
        : notification_(notification), sealing_key_(sealing_key), sealed_(Json::parse(notification.secrets)) {}

    bool has(const std::string& field) const { return sealed_.contains(field); }
    /// "" = not set, or sealed under another key: then is_readable is false from here on.
    std::string operator[](const std::string& field) {
        if (!has(field)) return "";
        std::optional<std::string> text;
        if (!sealing_key_.empty())
            text = open_sealed_text(sealing_key_, db::destination_secret_purpose(notification_.destination_id, field),
                                    sealed_[field].get_ref<const std::string&>());
        is_readable_ = is_readable_ && text.has_value();
        return text.value_or("");
    }
    bool is_readable() const { return is_readable_; }

  private:
    const Notification& notification_;
    const std::string& sealing_key_;
    Json sealed_;
    bool is_readable_ = true;
};
}  // namespace

milliseconds pause_after(int tries, double chance) {
    const milliseconds whole = std::min(kLongestPause, kFirstPause * (1 << std::clamp(tries - 1, 0, 10)));
    return whole / 2 + std::chrono::duration_cast<milliseconds>(whole / 2 * chance);
}

std::string webhook_signature(const std::string& secret, const std::string& timestamp, const std::string& body) {
    return "v1=" + hex(hmac_sha256(secret, timestamp + "." + body));
}

class NotificationDelivery::Turn {
  public:
    explicit Turn(NotificationDelivery& owner) : owner_(owner) {}
    Turn(const Turn&) = delete;
    ~Turn() {
        if (!taken_) return;
        const std::lock_guard lock(owner_.mutex_);
        if (taken_->address.empty())
            owner_.busy_.erase(taken_->destination_id);
        else
            --owner_.mails_;
    }

    /// The lock is held over the look: two threads would find the same destination free.
    std::optional<Notification> take() {
        const std::lock_guard lock(owner_.mutex_);
        const std::vector<std::string> busy(owner_.busy_.begin(), owner_.busy_.end());
        const bool emails = owner_.mails_ < kMailsAtOnce;
        const EpochMillis now = owner_.clock_.epoch_millis();
        taken_ = owner_.pool_.run_blocking(
            [&](db::Transaction& tx) { return db::lease_notification(tx, now, now + kLease.count(), busy, emails); });
        if (!taken_) return std::nullopt;
        if (taken_->address.empty())
            owner_.busy_.insert(taken_->destination_id);
        else
            ++owner_.mails_;
        return taken_;
    }

  private:
    NotificationDelivery& owner_;
    std::optional<Notification> taken_;
};

NotificationDelivery::NotificationDelivery(db::Pool& pool, const Clock& clock, NotificationSettings settings,
                                           std::string sealing_key, Workspace workspace)
    : pool_(pool),
      clock_(clock),
      settings_(std::move(settings)),
      sealing_key_(std::move(sealing_key)),
      workspace_(std::move(workspace)) {}

bool NotificationDelivery::deliver_next(const std::stop_token& stop) {
    Turn turn(*this);
    const auto notification = turn.take();
    if (!notification) return false;
    const db::DeliveryRecord record = deliver(*notification, stop);
    pool_.run_blocking([&](db::Transaction& tx) { db::record_delivery(tx, record); });
    return true;
}

db::DeliveryRecord NotificationDelivery::deliver(const Notification& notification, const std::stop_token& stop) const {
    const TransferResult result = send(notification, stop);
    const EpochMillis now = clock_.epoch_millis();
    db::DeliveryRecord record{notification.notification_id, notification.tries, "DELIVERED", 0, "", 0};
    if (result.failure.empty()) {
        record.delivered_time = now;
        return record;
    }
    record.error = std::string(beginning_of(result.failure, kMaxError));
    record.state = "PENDING";
    if (stop.stop_requested()) {  // the next process goes on with it
        record.next_time = now;
        return record;
    }
    const milliseconds pause = std::max<milliseconds>(pause_after(notification.tries, random_chance()),
                                                      result.retry_after.value_or(std::chrono::seconds(0)));
    record.next_time = now + pause.count();
    if (!result.is_refused && record.next_time <= notification.created_time + kPatience.count()) return record;
    record.state = "FAILED";
    spdlog::warn("notification given up run_id={} event={} delivery_id={} tries={} error=\"{}\"",
                 to_string(notification.job_run_id), notification.event, notification.delivery_id, notification.tries,
                 record.error);
    return record;
}

TransferResult NotificationDelivery::send(const Notification& notification, const std::stop_token& stop) const {
    try {
        if (!notification.address.empty()) return mail(notification, stop);
        if (notification.destination_type.empty()) return failed_for_good("The destination has been deleted.");
        return judged(send_to_destination(notification, stop));
    } catch (const std::exception& failure) {  // of libcurl; the outcome is recorded as of any other try
        TransferResult result;
        result.failure = failure.what();
        return result;
    }
}

TransferResult NotificationDelivery::mail(const Notification& notification, const std::stop_token& stop) const {
    if (settings_.smtp.url.empty())
        return failed_for_good("There is no mail server: an operator sets one by --smtp-url.");
    if (!is_email_address(notification.address)) return failed_for_good("It is no email address.");
    Mail mail;
    mail.from = settings_.smtp.from;
    mail.to = notification.address;
    mail.subject = "[Stoker] " + summary_of(notification);
    mail.body = body_of(notification, workspace_);
    mail.time = clock_.epoch_millis();
    mail.delivery_id = notification.delivery_id;
    return send_mail(settings_.smtp, mail.to, rendered(mail), stop);
}

TransferResult NotificationDelivery::send_to_destination(const Notification& notification,
                                                         const std::stop_token& stop) const {
    Secrets secrets(notification, sealing_key_);
    HttpPost message;
    message.url = secrets["url"];
    if (notification.destination_type == "SLACK") {
        message.body = dumped(slack_message(notification, workspace_));
    } else if (notification.destination_type == "MICROSOFT_TEAMS") {
        message.body = dumped(teams_message(notification, workspace_));
    } else if (notification.destination_type == "PAGERDUTY") {
        message.url = settings_.pagerduty_url;
        message.body = dumped(pagerduty_event(notification, workspace_, secrets["integration_key"]));
    } else {
        const std::string timestamp = std::to_string(clock_.epoch_millis() / 1000);
        message.body = dumped(webhook_message(notification, workspace_));
        message.username = secrets["username"];
        message.password = secrets["password"];
        message.headers = {"X-Stoker-Delivery: " + notification.delivery_id,
                           "X-Stoker-Event: jobs." + notification.event, "X-Stoker-Timestamp: " + timestamp};
        if (secrets.has("stoker_secret"))
            message.headers.push_back("X-Stoker-Signature: " +
                                      webhook_signature(secrets["stoker_secret"], timestamp, message.body));
    }
    if (!secrets.is_readable())
        return failed_for_good("The destination's secrets were sealed under another key; set them again.");
    return post(message, settings_.outbound, stop);
}

}  // namespace stoker::scheduler
