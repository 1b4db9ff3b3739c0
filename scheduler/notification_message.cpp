#include "scheduler/notification_message.h"

#include <spdlog/fmt/fmt.h>

#include "core/time_text.h"

namespace stoker::scheduler {
namespace {
using Json = nlohmann::json;
using Notification = db::LeasedNotification;

constexpr std::size_t kMaxNameShown = 200;
constexpr std::size_t kMaxTextShown = 1000;
constexpr std::size_t kMaxSummary = 1024;  // PagerDuty's limit

/// Names and messages are users' text; in a line of their own they shall not make others.
std::string one_line(std::string_view text, std::size_t bytes) {
    std::string line(beginning_of(text, bytes));
    if (line.size() < text.size()) line += "…";
    for (char& c : line)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
    return line;
}

std::string job_name(const Notification& notification) {
    return one_line(notification.job_name.empty() ? notification.run_name : notification.job_name, kMaxNameShown);
}

std::string what_happened(const Notification& notification) {
    if (notification.event == "on_start") return "started";
    if (notification.event == "on_duration_warning_threshold_exceeded") return "runs longer than expected";
    if (notification.result_state == "SUCCESS") return "succeeded";
    if (notification.result_state == "SUCCESS_WITH_FAILURES") return "succeeded with failures";
    if (notification.result_state == "TIMEDOUT") return "timed out";
    if (notification.result_state == "CANCELED" || notification.result_state == "UPSTREAM_CANCELED")
        return "was cancelled";
    if (notification.life_cycle_state == "SKIPPED") return "was skipped";
    return "failed";
}

bool is_bad(const Notification& notification) {
    return notification.event == "on_failure" || notification.event == "on_duration_warning_threshold_exceeded";
}

RunId told_run(const Notification& notification) {
    return notification.task_run_id ? notification.task_run_id : notification.job_run_id;
}

/// The error of the code, else what the run itself says.
std::string reason(const Notification& notification) {
    return std::string(
        beginning_of(notification.error.empty() ? notification.state_message : notification.error, kMaxTextShown));
}

Json state_json(const Notification& notification) {
    Json state{{"life_cycle_state", notification.life_cycle_state}, {"state_message", notification.state_message}};
    if (!notification.result_state.empty()) state["result_state"] = notification.result_state;
    return state;
}

std::string for_slack(std::string_view text) {
    std::string escaped;
    for (char c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else
            escaped += c;
    }
    return escaped;
}

Json text_block(const std::string& text, bool is_heading) {
    Json block{{"type", "TextBlock"}, {"text", text}, {"wrap", true}};
    if (is_heading) block["weight"] = "Bolder";
    return block;
}
}  // namespace

std::string_view beginning_of(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    // A byte 10xxxxxx goes on with a character that has begun before.
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

std::string summary_of(const Notification& notification) {
    const std::string name = job_name(notification), what = what_happened(notification);
    if (!notification.task_run_id) return "Job " + name + " " + what;
    const std::string again =
        notification.attempt_number > 0 ? " (retry " + std::to_string(notification.attempt_number) + ")" : "";
    return "Task " + one_line(notification.task_key, kMaxNameShown) + " of job " + name + " " + what + again;
}

std::string run_page_url(const Notification& notification, const Workspace& workspace) {
    return workspace.url + "/?o=" + workspace.id + "#job/" + to_string(notification.job_id) + "/run/" +
           to_string(told_run(notification));
}

std::string body_of(const Notification& notification, const Workspace& workspace) {
    std::string body = summary_of(notification) + ".\n\n";
    auto add = [&body](std::string name, const std::string& value) {
        name += ':';
        name.resize(9, ' ');
        body += name + value + "\n";
    };
    add("Job", job_name(notification) + " (" + to_string(notification.job_id) + ")");
    add("Run", to_string(notification.job_run_id));
    if (notification.task_run_id)
        add("Task", one_line(notification.task_key, kMaxNameShown) + " (" + to_string(notification.task_run_id) + ")");
    add("State", notification.result_state.empty() ? notification.life_cycle_state : notification.result_state);
    add("Time", time_argument(notification.created_time, "iso_datetime").value_or(""));
    if (is_bad(notification) && !notification.state_message.empty())
        add("Message", one_line(notification.state_message, kMaxTextShown));
    if (!notification.error.empty()) add("Error", one_line(notification.error, kMaxTextShown));
    return body + "\n" + run_page_url(notification, workspace) + "\n";
}

Json webhook_message(const Notification& notification, const Workspace& workspace) {
    const Json workspace_id = Json::parse(workspace.id, nullptr, false);
    Json message{{"event_type", "jobs." + notification.event},
                 {"workspace_id", workspace_id.is_number() ? workspace_id : Json(workspace.id)},
                 {"run", {{"run_id", told_run(notification).value}}},
                 {"job", {{"job_id", notification.job_id.value}, {"name", notification.job_name}}},
                 {"state", state_json(notification)},
                 {"run_page_url", run_page_url(notification, workspace)},
                 {"event_time", notification.created_time},
                 {"delivery_id", notification.delivery_id}};
    if (notification.task_run_id) {
        message["run"]["parent_run_id"] = notification.job_run_id.value;
        message["task"] = {{"task_key", notification.task_key}, {"attempt_number", notification.attempt_number}};
    }
    if (!notification.error.empty()) message["error"] = notification.error;
    return message;
}

Json slack_message(const Notification& notification, const Workspace& workspace) {
    std::string text = fmt::format("*{}*\n", for_slack(summary_of(notification)));
    if (is_bad(notification) && !reason(notification).empty())
        text += for_slack(one_line(reason(notification), kMaxTextShown)) + "\n";
    text += fmt::format("<{}|Run {}>", run_page_url(notification, workspace), told_run(notification).value);
    return {{"text", text}};
}

Json teams_message(const Notification& notification, const Workspace& workspace) {
    Json blocks = Json::array({text_block(summary_of(notification), true)});
    if (is_bad(notification) && !reason(notification).empty())
        blocks.push_back(text_block(one_line(reason(notification), kMaxTextShown), false));
    Json open{{"type", "Action.OpenUrl"},
              {"title", "Run " + to_string(told_run(notification))},
              {"url", run_page_url(notification, workspace)}};
    Json card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
              {"type", "AdaptiveCard"},
              {"version", "1.4"},
              {"body", std::move(blocks)},
              {"actions", Json::array({std::move(open)})}};
    Json attachment{{"contentType", "application/vnd.microsoft.card.adaptive"}, {"content", std::move(card)}};
    return {{"type", "message"}, {"attachments", Json::array({std::move(attachment)})}};
}

Json pagerduty_event(const Notification& notification, const Workspace& workspace, const std::string& integration_key) {
    // One incident a job, and one a task, however many of their runs fail.
    const std::string task = notification.task_run_id ? "/task/" + notification.task_key : "";
    Json event{{"routing_key", integration_key},
               {"event_action", notification.event == "on_success" ? "resolve" : "trigger"},
               {"dedup_key", std::string(beginning_of(
                                 "stoker/" + workspace.id + "/job/" + to_string(notification.job_id) + task, 255))}};
    if (notification.event == "on_success") return event;
    const char* severity = notification.event == "on_failure" ? "error"
                           : notification.event == "on_start" ? "info"
                                                              : "warning";
    event["payload"] = {{"summary", std::string(beginning_of(summary_of(notification), kMaxSummary))},
                        {"source", workspace.url},
                        {"severity", severity},
                        {"custom_details", webhook_message(notification, workspace)}};
    Json link{{"href", run_page_url(notification, workspace)}, {"text", "Run " + to_string(told_run(notification))}};
    event["links"] = Json::array({std::move(link)});
    return event;
}

}  // namespace stoker::scheduler
