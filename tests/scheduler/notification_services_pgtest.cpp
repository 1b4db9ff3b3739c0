#include "core/hash.h"
#include "scheduler/duration_watcher.h"
#include "scheduler/notification_sender.h"
#include "scheduler/run_pruner.h"
#include "tests/scheduler/delivery_fixture.h"

namespace stoker::scheduler {
namespace {
using namespace std::chrono_literals;
using test::HttpReceiver;
using test::SmtpReceiver;

TEST_F(DeliveryTest, MailsNeedAMailServer) {
    tell({"ann@example.com"});
    deliver();
    EXPECT_EQ(state() + " " + error(), "FAILED There is no mail server: an operator sets one by --smtp-url.");
}

class MailTest : public DeliveryTest {
  protected:
    MailTest() { settings.smtp = {mail_server.url(), "", "", "stoker@example.com", StartTls::kNever}; }
    SmtpReceiver mail_server;
};

TEST_F(MailTest, AMailSaysWhatHappened) {
    tell({"ann@example.com", "bob@example.com"});
    EXPECT_TRUE(deliver());
    EXPECT_TRUE(deliver());
    EXPECT_FALSE(deliver());
    const auto mails = mail_server.mails();
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[0].from, "<stoker@example.com>");
    EXPECT_EQ(mails[0].to, "<ann@example.com>");
    EXPECT_EQ(mails[0].credentials, "");
    EXPECT_EQ(mails[1].to, "<bob@example.com>");
    EXPECT_NE(mails[0].content.find("Subject: [Stoker] Job job failed\n"), std::string::npos) << mails[0].content;
    const auto body = base64_decode(mails[0].content.substr(mails[0].content.find("\n\n")));
    EXPECT_NE(body.value_or("").find("Error:   ValueError: no rows"), std::string::npos) << body.value_or("none");
    EXPECT_EQ(sql.column("SELECT DISTINCT state FROM notifications"), std::vector<std::string>{"DELIVERED"});
}

TEST_F(MailTest, TheServerKnowsItsUser) {
    settings.smtp.user = "stoker";
    settings.smtp.password = "secret";
    tell({"ann@example.com"});
    deliver();
    ASSERT_EQ(mail_server.mails().size(), 1u);
    EXPECT_EQ(base64_decode(mail_server.mails()[0].credentials), std::string("\0stoker\0secret", 14));
}

TEST_F(MailTest, WhatTheServerWillNeverTakeIsGivenUp) {
    mail_server.will_reply("RCPT", "550 5.1.1 no such user");
    tell({"ann@example.com"});
    deliver();
    EXPECT_EQ(state(), "FAILED");
    EXPECT_NE(error().find("(550 5.1.1 no such user)"), std::string::npos) << error();
}

TEST_F(MailTest, WhatItTakesLaterIsTriedAgain) {
    mail_server.will_reply("RCPT", "451 4.7.1 greylisted");
    tell({"ann@example.com"});
    deliver();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_NE(error().find("(451 4.7.1 greylisted)"), std::string::npos) << error();
    mail_server.will_reply("RCPT", "250 fine");
    clock.advance(wait());
    deliver();
    EXPECT_EQ(state(), "DELIVERED");
}

TEST_F(MailTest, AWrongPasswordIsTheOperatorsToPutRight) {
    settings.smtp.user = "stoker";
    settings.smtp.password = "wrong";
    mail_server.will_reply("AUTH", "535 5.7.8 bad credentials");
    tell({"ann@example.com"});
    deliver();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_EQ(error().find("wrong"), std::string::npos);
}

TEST_F(MailTest, WithoutEncryptionNothingIsSentUnlessTheOperatorSaysSo) {
    settings.smtp.start_tls = StartTls::kAlways;
    tell({"ann@example.com"});
    deliver();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_NE(error().find("STARTTLS"), std::string::npos) << error();
    EXPECT_TRUE(mail_server.mails().empty());
}

/// The service with its threads.
class SenderTest : public DeliveryTest {
  protected:
    /// As the scheduler does, until so many were sent. Bounded.
    void send(NotificationSender& sender, int count) {
        const auto until = std::chrono::steady_clock::now() + 30s;
        while (count > 0 && std::chrono::steady_clock::now() < until)
            count -= server.run_blocking([&](db::Transaction& tx) { return sender.run_once(tx, clock.epoch_millis()); })
                         .done;
        EXPECT_EQ(count, 0);
    }
};

TEST_F(SenderTest, WhatIsDueIsSent) {
    tell({destination("WEBHOOK", {{"url", receiver.url()}}), destination("SLACK", {{"url", receiver.url()}})});
    NotificationSender sender(server, clock, settings, kKey, kWorkspace);
    send(sender, 2);
    EXPECT_TRUE(receiver.next_request());
    EXPECT_TRUE(receiver.next_request());
    EXPECT_EQ(sql.column("SELECT DISTINCT state FROM notifications"), std::vector<std::string>{"DELIVERED"});
}

TEST_F(SenderTest, AReceiverThatHangsHoldsUpNobodyElse) {
    HttpReceiver hanging;
    hanging.will_hang();
    const std::string stuck = destination("WEBHOOK", {{"url", hanging.url()}});
    for (int i = 0; i < 8; ++i) {
        tell({stuck});
        sql.run("UPDATE notifications SET event = 'on_success', job_run_id = " + std::to_string(i) +
                " WHERE event = 'on_failure'");
    }
    tell({destination("WEBHOOK", {{"url", receiver.url()}})});
    NotificationSender sender(server, clock, settings, kKey, kWorkspace);
    send(sender, 1);
    EXPECT_TRUE(receiver.next_request());
    EXPECT_TRUE(hanging.next_request());
    EXPECT_FALSE(hanging.has_request()) << "one at a time";
}

TEST_F(SenderTest, NothingIsDueNothingIsDone) {
    NotificationSender sender(server, clock, settings, kKey, kWorkspace);
    EXPECT_EQ(server.run_blocking([&](db::Transaction& tx) { return sender.run_once(tx, clock.epoch_millis()); }).done,
              0);
}

TEST_F(DeliveryTest, TheWatcherTellsOfWhatRunsForTooLong) {
    const std::string fields =
        R"("webhook_notifications":{"on_duration_warning_threshold_exceeded":[{"id":"d"}]},)"
        R"("health":{"rules":[{"metric":"RUN_DURATION_SECONDS","op":"GREATER_THAN","value":60}]})";
    auto slow = job();
    slow.settings = R"({"name":"job",)" + fields + "}";
    start(create(slow));
    const auto claimed = claim_one();
    sql.run("SELECT tell_of_started(ARRAY[" + to_string(claimed.run_id) + "])");
    DurationWatcher watcher;
    const auto look = [&](EpochMillis now) {
        return server.run_blocking([&](db::Transaction& tx) { return watcher.run_once(tx, now); }).done;
    };
    const EpochMillis due = sql.number("SELECT due_time FROM duration_warnings");
    EXPECT_EQ(look(due - 1), 0);
    EXPECT_EQ(look(due), 1);
    EXPECT_EQ(sql.one("SELECT event FROM notifications"), "on_duration_warning_threshold_exceeded");
    EXPECT_EQ(look(due + 1), 0);
}

TEST_F(DeliveryTest, OldNotificationsArePruned) {
    tell({"a@b.c", "d@e.f"});
    sql.run("UPDATE notifications SET created_time = 1000 WHERE address = 'a@b.c'");
    RunPruner pruner(24h * 365 * 100);
    const auto result =
        server.run_blocking([&](db::Transaction& tx) { return pruner.run_once(tx, clock.epoch_millis()); });
    EXPECT_EQ(result.done, 1);
    EXPECT_EQ(sql.column("SELECT address FROM notifications"), std::vector<std::string>{"d@e.f"});
}

}  // namespace
}  // namespace stoker::scheduler
