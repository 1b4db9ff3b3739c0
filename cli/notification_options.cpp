#include "cli/notification_options.h"

#include <map>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "cli/data_folder.h"
#include "cli/start_error.h"
#include "core/email_address.h"

namespace stoker::cli {
namespace {
using scheduler::StartTls;

const std::map<std::string, StartTls>& start_tls_words() {
    static const std::map<std::string, StartTls> words{
        {"always", StartTls::kAlways}, {"if-offered", StartTls::kIfOffered}, {"never", StartTls::kNever}};
    return words;
}

scheduler::SmtpSettings smtp_settings(const NotificationOptions& options) {
    scheduler::SmtpSettings smtp;
    if (options.smtp_url.empty()) {
        if (!options.smtp_user.empty() || !options.smtp_from.empty() || !options.smtp_password_file.empty())
            throw StartError("The options --smtp-… need --smtp-url, the mail server.");
        return smtp;
    }
    if (!options.smtp_url.starts_with("smtp://") && !options.smtp_url.starts_with("smtps://"))
        throw StartError("--smtp-url: expected smtp://host:port or smtps://host:port.");
    if (options.smtp_url.find('@') != std::string::npos)
        throw StartError("--smtp-url: user and password belong into --smtp-user and --smtp-password-file.");
    if (!is_email_address(options.smtp_from))
        throw StartError("--smtp-from: mails need the address that they come from.");
    smtp.url = options.smtp_url;
    smtp.from = options.smtp_from;
    smtp.start_tls = start_tls_words().at(options.smtp_starttls);
    smtp.user = options.smtp_user;
    if (smtp.user.empty()) return smtp;
    smtp.password = read_file_or_empty(options.smtp_password_file);
    if (smtp.password.empty())
        throw StartError("--smtp-password-file: the password of " + smtp.user + " is not to be read from '" +
                         options.smtp_password_file.string() + "'.");
    return smtp;
}
}  // namespace

void NotificationOptions::add_to(CLI::App& command) {
    const std::string group = "Notifications";
    command.add_option("--smtp-url", smtp_url, "mail server: smtp://host:587, smtps://host:465; without one no mail")
        ->group(group);
    command.add_option("--smtp-from", smtp_from, "address that mails come from")->group(group);
    command.add_option("--smtp-user", smtp_user, "user at the mail server")->group(group);
    command.add_option("--smtp-password-file", smtp_password_file, "file with that user's password")->group(group);
    command.add_option("--smtp-starttls", smtp_starttls, "on smtp://: always, if-offered or never encrypt")
        ->check(CLI::IsMember({"always", "if-offered", "never"}))
        ->capture_default_str()
        ->group(group);
    command
        .add_option("--allow-outbound", allow_outbound,
                    "addresses that webhooks may go to besides public ones: 10.1.0.0/16, …; may be repeated")
        ->group(group);
    command.add_option("--pagerduty-url", pagerduty_url, "PagerDuty's Events API v2")
        ->capture_default_str()
        ->group(group);
}

scheduler::NotificationSettings notification_settings(const NotificationOptions& options) {
    scheduler::NotificationSettings settings;
    settings.smtp = smtp_settings(options);
    settings.pagerduty_url = options.pagerduty_url;
    std::vector<scheduler::AddressRange> allowed;
    for (const std::string& range : options.allow_outbound) {
        try {
            allowed.push_back(scheduler::AddressRange::parse(range));
        } catch (const std::invalid_argument& wrong) {
            throw StartError("--allow-outbound: " + std::string(wrong.what()) + ".");
        }
    }
    settings.outbound = scheduler::OutboundAddresses(std::move(allowed));
    return settings;
}

}  // namespace stoker::cli
