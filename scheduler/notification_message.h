#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "db/notification_store.h"

namespace stoker::scheduler {

/// What links and ids in messages are made of.
struct Workspace {
    std::string id;   // digits
    std::string url;  // base, without a slash at its end
};

/// At most `bytes`, and no character cut in two.
std::string_view beginning_of(std::string_view text, std::size_t bytes);

/// "Task a of job etl failed", one line.
std::string summary_of(const db::LeasedNotification& notification);
/// Summary, ids, result, error and link, for people.
std::string body_of(const db::LeasedNotification& notification, const Workspace& workspace);
std::string run_page_url(const db::LeasedNotification& notification, const Workspace& workspace);

/// The reference's fields, and beside them how the run stood.
nlohmann::json webhook_message(const db::LeasedNotification& notification, const Workspace& workspace);
/// For Slack's incoming webhooks.
nlohmann::json slack_message(const db::LeasedNotification& notification, const Workspace& workspace);
/// For Microsoft Teams' incoming webhooks and workflows: an adaptive card.
nlohmann::json teams_message(const db::LeasedNotification& notification, const Workspace& workspace);
/// For PagerDuty's Events API v2: what went wrong opens an incident of the job or task, a success resolves it.
nlohmann::json pagerduty_event(const db::LeasedNotification& notification, const Workspace& workspace,
                               const std::string& integration_key);

}  // namespace stoker::scheduler
