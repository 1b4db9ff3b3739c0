#pragma once
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/sealed_text.h"
#include "db/notification_destination_store.h"
#include "scheduler/notification_delivery.h"
#include "tests/scheduler/receiver.h"
#include "tests/support/factories.h"
#include "tests/support/manual_clock.h"

namespace stoker::scheduler {

inline const std::string kKey = "a sealing key of thirty-two characters";
inline const Workspace kWorkspace{"42", "https://stoker.example"};

/// A run that failed, and deliveries of that to receivers on this machine.
class DeliveryTest : public test::RunQueueTest {
  protected:
    DeliveryTest() {
        settings.outbound = OutboundAddresses({AddressRange::parse("127.0.0.1")});
        run_id = start(create(job()));
        auto failed = failure(claim_one());
        failed.error = "ValueError: no rows";
        finish(failed);
    }

    std::string destination(const std::string& type, const std::map<std::string, std::string>& secrets,
                            const std::string& key = kKey) {
        db::NotificationDestinationRow row{"d-" + std::to_string(++destinations), "name", type, {}, {}};
        for (const auto& [field, text] : secrets)
            row.secrets[field] = seal_text(key, db::destination_secret_purpose(row.destination_id, field), text);
        server.run_blocking([&](db::Transaction& tx) { db::add_notification_destination(tx, row, test::kUser, 1); });
        return row.destination_id;
    }
    /// The failure of the run is to be told to them: destinations, or addresses. Happened just now.
    void tell(const std::vector<std::string>& recipients) {
        nlohmann::json emails = nlohmann::json::array(), webhooks = nlohmann::json::array();
        for (const std::string& one : recipients) {
            if (one.find('@') == std::string::npos)
                webhooks.push_back({{"id", one}});
            else
                emails.push_back(one);
        }
        const nlohmann::json told{{"email_notifications", {{"on_failure", emails}}},
                                  {"webhook_notifications", {{"on_failure", webhooks}}}};
        sql.run("UPDATE job_versions SET settings = '" + told.dump() + "'");
        sql.run("SELECT tell_of_ended_runs(ARRAY[" + to_string(run_id) + "])");
        happened_at(clock.epoch_millis());
    }
    void happened_at(EpochMillis time) { sql.run("UPDATE notifications SET created_time = " + std::to_string(time)); }
    void tell_webhook(const std::map<std::string, std::string>& more = {}) {
        auto secrets = more;
        secrets["url"] = receiver.url();
        tell({destination("WEBHOOK", secrets)});
    }

    bool deliver() {
        NotificationDelivery delivery(server, clock, settings, kKey, kWorkspace);
        return delivery.deliver_next(std::stop_token());
    }
    std::string state() { return sql.one("SELECT state FROM notifications"); }
    std::string error() { return sql.one("SELECT last_error FROM notifications"); }
    std::chrono::milliseconds wait() {
        return std::chrono::milliseconds(sql.number("SELECT next_time FROM notifications") - clock.epoch_millis());
    }

    test::ManualClock clock;
    NotificationSettings settings;
    test::HttpReceiver receiver;
    RunId run_id;
    int destinations = 0;
};

}  // namespace stoker::scheduler
