#include <thread>

#include "core/hash.h"
#include "tests/scheduler/delivery_fixture.h"

namespace stoker::scheduler {
namespace {
using namespace std::chrono_literals;
using Json = nlohmann::json;
using test::HttpReceiver;

TEST_F(DeliveryTest, AWebhookIsPostedOnce) {
    tell_webhook({{"username", "u"}, {"password", "p:w"}, {"stoker_secret", "s"}});
    ASSERT_TRUE(deliver());
    const auto request = receiver.next_request();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->line, "POST /hook HTTP/1.1");
    const Json body = Json::parse(request->body);
    EXPECT_EQ(body["event_type"], "jobs.on_failure");
    EXPECT_EQ(body["run"]["run_id"], run_id.value);
    EXPECT_EQ(body["job"]["name"], "job");
    EXPECT_EQ(body["error"], "ValueError: no rows");
    auto headers = request->headers;
    EXPECT_EQ(headers["content-type"], "application/json");
    EXPECT_EQ(headers["authorization"], "Basic " + base64_encode("u:p:w"));
    EXPECT_EQ(headers["x-stoker-event"], "jobs.on_failure");
    EXPECT_EQ(headers["x-stoker-delivery"], body["delivery_id"]);
    EXPECT_EQ(headers["x-stoker-timestamp"], std::to_string(clock.epoch_millis() / 1000));
    EXPECT_EQ(headers["x-stoker-signature"], webhook_signature("s", headers["x-stoker-timestamp"], request->body));
    EXPECT_EQ(state(), "DELIVERED");
    EXPECT_EQ(sql.number("SELECT delivered_time FROM notifications"), clock.epoch_millis());
    EXPECT_FALSE(deliver());
}

TEST_F(DeliveryTest, WithoutASecretThereIsNoSignature) {
    tell_webhook();
    deliver();
    const auto request = receiver.next_request();
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->headers.contains("x-stoker-signature"));
    EXPECT_FALSE(request->headers.contains("authorization"));
}

TEST_F(DeliveryTest, ABusyReceiverIsTriedAgainWithTheSameId) {
    tell_webhook();
    receiver.will_answer({"503 Busy", "500 Broken"});
    deliver();
    const auto first = receiver.next_request();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_EQ(error(), "The receiver answered with HTTP status 503.");
    EXPECT_GE(wait(), 15s);
    EXPECT_LE(wait(), 30s);
    EXPECT_FALSE(deliver()) << "it is not due yet";
    clock.advance(wait());
    deliver();
    EXPECT_GE(wait(), 30s);
    EXPECT_LE(wait(), 60s);
    clock.advance(wait());
    deliver();
    EXPECT_EQ(state(), "DELIVERED");
    EXPECT_EQ(sql.number("SELECT tries FROM notifications"), 3);
    receiver.next_request();
    EXPECT_EQ(receiver.next_request()->headers["x-stoker-delivery"], first->headers.at("x-stoker-delivery"));
}

TEST_F(DeliveryTest, AReceiverMayAskForMoreTime) {
    tell_webhook();
    receiver.will_answer({"429 Slowly\r\nRetry-After: 600"});
    deliver();
    EXPECT_EQ(wait(), 600s);
    clock.advance(600s);
    receiver.will_answer({"429 Slowly\r\nRetry-After: 100000"});
    deliver();
    EXPECT_EQ(wait(), 1h);
}

TEST_F(DeliveryTest, AfterADayItIsGivenUp) {
    tell_webhook();
    happened_at(clock.epoch_millis() - std::chrono::milliseconds(24h - 10s).count());
    receiver.will_answer({"503 Busy"});
    deliver();
    EXPECT_EQ(state(), "FAILED");
    EXPECT_EQ(error(), "The receiver answered with HTTP status 503.");
    EXPECT_FALSE(deliver());
}

TEST_F(DeliveryTest, WhatIsGoneIsNotTriedAgain) {
    tell_webhook();
    receiver.will_answer({"410 Gone"});
    deliver();
    EXPECT_EQ(state(), "FAILED");
}

TEST_F(DeliveryTest, RedirectsAreNotFollowed) {
    HttpReceiver other;
    tell_webhook();
    receiver.will_answer({"302 Found\r\nLocation: " + other.url()});
    deliver();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_EQ(error(), "The receiver answered with HTTP status 302. Redirects are not followed.");
    EXPECT_FALSE(other.has_request());
}

TEST_F(DeliveryTest, ALongAnswerIsNotReadToItsEnd) {
    tell_webhook();
    receiver.will_answer({"200 OK"}, std::string(1 << 20, 'x'));
    deliver();
    EXPECT_EQ(state(), "DELIVERED");
}

TEST_F(DeliveryTest, WhatIsNotPublicIsNotReached) {
    settings.outbound = OutboundAddresses();
    for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1"}) {
        sql.run("DELETE FROM notifications");
        const std::string port = receiver.url().substr(receiver.url().rfind(':'));
        tell({destination("WEBHOOK", {{"url", "http://" + host + port}})});
        deliver();
        EXPECT_EQ(state(), "FAILED") << host;
        EXPECT_NE(error().find("is not public; an operator may allow it by --allow-outbound."), std::string::npos)
            << host << ": " << error();
    }
    EXPECT_FALSE(receiver.has_request());
}

TEST_F(DeliveryTest, OtherProtocolsAreNotSpoken) {
    for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/x", "smtp://127.0.0.1/"}) {
        sql.run("DELETE FROM notifications");
        tell({destination("SLACK", {{"url", url}})});
        deliver();
        EXPECT_EQ(state(), "PENDING") << url;
        EXPECT_NE(error().find("rotocol"), std::string::npos) << error();
    }
}

TEST_F(DeliveryTest, WhoIsNotThereIsTriedAgain) {
    std::string url;
    {
        HttpReceiver gone;
        url = gone.url();
    }
    tell({destination("WEBHOOK", {{"url", url}})});
    deliver();
    EXPECT_EQ(state(), "PENDING");
    EXPECT_NE(error().find("connect"), std::string::npos) << error();
}

TEST_F(DeliveryTest, EachServiceGetsItsOwnKindOfMessage) {
    settings.pagerduty_url = receiver.url();
    struct Row {
        const char* type;
        std::map<std::string, std::string> secrets;
        const char* field;
    };
    for (const auto& [type, secrets, field] : {Row{"SLACK", {{"url", receiver.url()}}, "text"},
                                               Row{"MICROSOFT_TEAMS", {{"url", receiver.url()}}, "attachments"},
                                               Row{"PAGERDUTY", {{"integration_key", "k"}}, "routing_key"}}) {
        tell({destination(type, secrets)});
        ASSERT_TRUE(deliver());
        const auto request = receiver.next_request();
        ASSERT_TRUE(request) << type;
        EXPECT_TRUE(Json::parse(request->body).contains(field)) << request->body;
    }
}

TEST_F(DeliveryTest, ADestinationThatCannotBeReadFailsAndSaysWhy) {
    tell({"gone"});
    deliver();
    EXPECT_EQ(state() + " " + error(), "FAILED The destination has been deleted.");
    sql.run("DELETE FROM notifications");
    tell({destination("SLACK", {{"url", receiver.url()}}, "another sealing key of this many letters")});
    deliver();
    EXPECT_EQ(state() + " " + error(),
              "FAILED The destination's secrets were sealed under another key; set them again.");
    happened_at(clock.epoch_millis());
    sql.run("UPDATE notifications SET state = 'PENDING', next_time = 0, last_error = NULL");
    NotificationDelivery keyless(server, clock, settings, "", kWorkspace);
    keyless.deliver_next(std::stop_token());
    EXPECT_EQ(state(), "FAILED") << error();
    EXPECT_FALSE(receiver.has_request());
}

TEST_F(DeliveryTest, AStopBreaksADeliveryOffForTheNextProcess) {
    receiver.will_hang();
    tell_webhook();
    NotificationDelivery delivery(server, clock, settings, kKey, kWorkspace);
    std::jthread thread([&](const std::stop_token& stop) { delivery.deliver_next(stop); });
    ASSERT_TRUE(receiver.next_request());
    thread.request_stop();
    thread.join();
    EXPECT_EQ(state() + " " + error(), "PENDING Stoker was stopped.");
    EXPECT_EQ(wait(), 0s);
}

}  // namespace
}  // namespace stoker::scheduler
