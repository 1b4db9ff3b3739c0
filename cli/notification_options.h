#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scheduler/notification_delivery.h"

namespace CLI {
class App;
}

namespace stoker::cli {

/// How runs are told of: mail server, and where webhooks may go.
struct NotificationOptions {
    std::string smtp_url;
    std::string smtp_user;
    std::filesystem::path smtp_password_file;
    std::string smtp_from;
    std::string smtp_starttls = "always";
    std::vector<std::string> allow_outbound;
    std::string pagerduty_url = scheduler::NotificationSettings().pagerduty_url;

    void add_to(CLI::App& command);
};

/// Throws StartError that names the option.
scheduler::NotificationSettings notification_settings(const NotificationOptions& options);

}  // namespace stoker::cli
