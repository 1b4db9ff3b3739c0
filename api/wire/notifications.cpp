#include "api/wire/notifications.h"

#include <array>
#include <string_view>

#include "core/email_address.h"

namespace stoker::api {
namespace {
constexpr std::array<std::string_view, 4> kEvents{"on_start", "on_success", "on_failure",
                                                  "on_duration_warning_threshold_exceeded"};
constexpr std::size_t kMaxAddresses = 100;  // an event; each is a mail of its own

bool read_addresses(const JsonReader& emails, std::string_view event) {
    const auto addresses = emails.strings(event);
    if (addresses.size() > kMaxAddresses)
        emails.refuse(event, "more than " + std::to_string(kMaxAddresses) + " addresses.");
    for (std::size_t i = 0; i < addresses.size(); ++i)
        if (!is_email_address(addresses[i]))
            emails.refuse(std::string(event) + "[" + std::to_string(i) + "]",
                          "expected an email address, got '" + addresses[i].substr(0, 100) + "'.");
    return !addresses.empty();
}

bool read_destinations(const JsonReader& webhooks, std::string_view event,
                       std::vector<DestinationReference>& destinations) {
    const auto items = webhooks.objects(event);
    for (const JsonReader& item : items) destinations.push_back({item.path_of("id"), item.string("id")});
    return !items.empty();
}
}  // namespace

bool parse_notifications(const JsonReader& settings, std::vector<DestinationReference>& destinations) {
    bool notifies = false;
    if (const auto emails = settings.optional_object("email_notifications"))
        for (std::string_view event : kEvents) notifies |= read_addresses(*emails, event);
    if (const auto webhooks = settings.optional_object("webhook_notifications"))
        for (std::string_view event : kEvents) notifies |= read_destinations(*webhooks, event, destinations);
    return notifies;
}

}  // namespace stoker::api
