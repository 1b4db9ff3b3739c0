#include "scheduler/notification_message.h"

#include <gtest/gtest.h>

#include "core/hash.h"
#include "scheduler/mail.h"
#include "scheduler/notification_delivery.h"

namespace stoker::scheduler {
namespace {
using Json = nlohmann::json;
using namespace std::chrono_literals;
const Workspace kWorkspace{"42", "https://stoker.example"};

db::LeasedNotification of_run(const std::string& event, const std::string& result) {
    db::LeasedNotification notification;
    notification.delivery_id = "d-1";
    notification.job_run_id = RunId{1001};
    notification.job_id = JobId{101};
    notification.job_name = "etl";
    notification.event = event;
    notification.life_cycle_state = result.empty() ? "RUNNING" : "TERMINATED";
    notification.result_state = result;
    notification.created_time = 1'795'888'800'123;
    return notification;
}
db::LeasedNotification of_task(const std::string& event, const std::string& result) {
    auto notification = of_run(event, result);
    notification.task_run_id = RunId{1002};
    notification.task_key = "load";
    return notification;
}
db::LeasedNotification failed() {
    auto notification = of_task("on_failure", "FAILED");
    notification.state_message = "Workload failed, see run output for details";
    notification.error = "ValueError: <no> & rows";
    return notification;
}

TEST(NotificationMessage, TheSummaryTellsWhatHappened) {
    struct Row {
        db::LeasedNotification notification;
        const char* summary;
    };
    auto skipped = of_run("on_failure", "MAXIMUM_CONCURRENT_RUNS_REACHED");
    skipped.life_cycle_state = "SKIPPED";
    auto retry = failed();
    retry.attempt_number = 2;
    auto odd = of_run("on_start", "");
    odd.job_name = "a\r\nb";
    auto submitted = of_run("on_start", "");
    submitted.job_name = "";
    submitted.run_name = "once";
    for (const auto& [notification, summary] :
         {Row{of_run("on_start", ""), "Job etl started"}, Row{of_task("on_start", ""), "Task load of job etl started"},
          Row{of_run("on_success", "SUCCESS"), "Job etl succeeded"},
          Row{of_run("on_success", "SUCCESS_WITH_FAILURES"), "Job etl succeeded with failures"},
          Row{of_run("on_failure", "FAILED"), "Job etl failed"},
          Row{of_run("on_failure", "TIMEDOUT"), "Job etl timed out"},
          Row{of_run("on_failure", "CANCELED"), "Job etl was cancelled"}, Row{skipped, "Job etl was skipped"},
          Row{of_run("on_duration_warning_threshold_exceeded", ""), "Job etl runs longer than expected"},
          Row{retry, "Task load of job etl failed (retry 2)"}, Row{odd, "Job a  b started"},
          Row{submitted, "Job once started"}})
        EXPECT_EQ(summary_of(notification), summary);
}

TEST(NotificationMessage, AWebhookOfARunHasTheFieldsOfTheReference) {
    EXPECT_EQ(webhook_message(of_run("on_start", ""), kWorkspace),
              (Json{{"event_type", "jobs.on_start"},
                    {"workspace_id", 42},
                    {"run", {{"run_id", 1001}}},
                    {"job", {{"job_id", 101}, {"name", "etl"}}},
                    {"state", {{"life_cycle_state", "RUNNING"}, {"state_message", ""}}},
                    {"run_page_url", "https://stoker.example/?o=42#job/101/run/1001"},
                    {"event_time", 1'795'888'800'123},
                    {"delivery_id", "d-1"}}));
}

TEST(NotificationMessage, AWebhookOfATaskNamesIt) {
    const Json message = webhook_message(failed(), kWorkspace);
    EXPECT_EQ(message["event_type"], "jobs.on_failure");
    EXPECT_EQ(message["task"], (Json{{"task_key", "load"}, {"attempt_number", 0}}));
    EXPECT_EQ(message["run"], (Json{{"run_id", 1002}, {"parent_run_id", 1001}}));
    EXPECT_EQ(message["error"], "ValueError: <no> & rows");
    EXPECT_EQ(message["state"]["result_state"], "FAILED");
}

TEST(NotificationMessage, SlackGetsTextInItsOwnEscapes) {
    EXPECT_EQ(slack_message(failed(), kWorkspace)["text"],
              "*Task load of job etl failed*\nValueError: &lt;no&gt; &amp; rows\n"
              "<https://stoker.example/?o=42#job/101/run/1002|Run 1002>");
    EXPECT_EQ(slack_message(of_run("on_success", "SUCCESS"), kWorkspace)["text"],
              "*Job etl succeeded*\n<https://stoker.example/?o=42#job/101/run/1001|Run 1001>");
}

TEST(NotificationMessage, TeamsGetsACard) {
    const Json message = teams_message(failed(), kWorkspace);
    EXPECT_EQ(message["type"], "message");
    const Json& card = message["attachments"][0]["content"];
    EXPECT_EQ(card["type"], "AdaptiveCard");
    EXPECT_EQ(card["body"][0]["text"], "Task load of job etl failed");
    EXPECT_EQ(card["body"][1]["text"], "ValueError: <no> & rows");
    EXPECT_EQ(card["actions"][0]["url"], "https://stoker.example/?o=42#job/101/run/1002");
}

TEST(NotificationMessage, PagerDutyOpensAndResolvesOneIncidentATask) {
    const Json trigger = pagerduty_event(failed(), kWorkspace, "key");
    EXPECT_EQ(trigger["routing_key"], "key");
    EXPECT_EQ(trigger["event_action"], "trigger");
    EXPECT_EQ(trigger["payload"]["severity"], "error");
    EXPECT_EQ(trigger["payload"]["summary"], "Task load of job etl failed");
    EXPECT_EQ(trigger["payload"]["source"], "https://stoker.example");
    const Json resolve = pagerduty_event(of_task("on_success", "SUCCESS"), kWorkspace, "key");
    EXPECT_EQ(resolve["event_action"], "resolve");
    EXPECT_EQ(resolve["dedup_key"], trigger["dedup_key"]);
    EXPECT_NE(pagerduty_event(of_run("on_failure", "FAILED"), kWorkspace, "key")["dedup_key"], trigger["dedup_key"]);
}

TEST(NotificationMessage, ACutTextHasWholeCharacters) {
    const std::string text = "a\xc3\xa4\xe2\x82\xac";  // aä€
    EXPECT_EQ(beginning_of(text, 6), text);
    EXPECT_EQ(beginning_of(text, 5), "a\xc3\xa4");
    EXPECT_EQ(beginning_of(text, 2), "a");
    EXPECT_EQ(beginning_of(text, 0), "");
}

TEST(Mail, IsRenderedInLines) {
    const std::string mail = rendered({"stoker@example.com", "ann@example.com", "[Stoker] Job etl failed",
                                       body_of(failed(), kWorkspace), 1'795'888'800'123, "d-1"});
    const auto head = mail.substr(0, mail.find("\r\n\r\n"));
    EXPECT_EQ(head,
              "Date: Sat, 28 Nov 2026 18:00:00 +0000\r\nFrom: Stoker <stoker@example.com>\r\nTo: <ann@example.com>\r\n"
              "Subject: [Stoker] Job etl failed\r\nMessage-ID: <d-1@example.com>\r\nX-Stoker-Delivery: d-1\r\n"
              "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64");
    EXPECT_EQ(base64_decode(mail.substr(mail.find("\r\n\r\n") + 4)),
              "Task load of job etl failed.\r\n\r\n"
              "Job:     etl (101)\r\nRun:     1001\r\nTask:    load (1002)\r\nState:   FAILED\r\n"
              "Time:    2026-11-28T18:00:00.123Z\r\nMessage: Workload failed, see run output for details\r\n"
              "Error:   ValueError: <no> & rows\r\n\r\nhttps://stoker.example/?o=42#job/101/run/1002\r\n");
    for (std::size_t at = 0, end = 0; at < mail.size(); at = end + 2) {
        end = mail.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - at, 76u);
    }
}

TEST(Mail, ASubjectIsOneHeader) {
    EXPECT_EQ(header_text("plain text"), "plain text");
    EXPECT_EQ(header_text("a=?b"), "=?UTF-8?B?" + base64_encode("a=?b") + "?=");
    EXPECT_EQ(header_text("a\r\nBcc: x@y.z"), "=?UTF-8?B?" + base64_encode("a\r\nBcc: x@y.z") + "?=");
    std::string words = header_text(std::string(41, 'x') + "\xe2\x82\xac" + std::string(10, 'y'));
    EXPECT_EQ(words, "=?UTF-8?B?" + base64_encode(std::string(41, 'x')) + "?=\r\n =?UTF-8?B?" +
                         base64_encode("\xe2\x82\xac" + std::string(10, 'y')) + "?=");
}

TEST(Delivery, PausesDoubleUpToAnHour) {
    EXPECT_EQ(pause_after(1, 0), 15s);
    EXPECT_EQ(pause_after(2, 0), 30s);
    EXPECT_EQ(pause_after(4, 0), 2min);
    EXPECT_EQ(pause_after(4, 0.5), 3min);
    EXPECT_EQ(pause_after(8, 0), 30min);
    EXPECT_EQ(pause_after(1000, 0), 30min);
    EXPECT_LT(pause_after(1000, 0.9999), 60min);
    EXPECT_EQ(pause_after(0, 0), 15s);
}

TEST(Delivery, ASignatureIsWhatOthersMakeOfIt) {
    // printf '%s' '1795888800.{"a":1}' | openssl dgst -sha256 -hmac 'a secret'
    EXPECT_EQ(webhook_signature("a secret", "1795888800", "{\"a\":1}"),
              "v1=65756579e96f5cb94ef817381157075e274a347f27db4a7784957c7cb9a07973");
    EXPECT_NE(webhook_signature("a secret", "1795888801", "{\"a\":1}"),
              webhook_signature("a secret", "1795888800", "{\"a\":1}"));
}

}  // namespace
}  // namespace stoker::scheduler
