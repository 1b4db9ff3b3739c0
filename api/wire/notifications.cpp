#include "api/wire/notifications.h"

#include <array>

#include "core/email_address.h"

namespace stoker::api {
namespace {
constexpr std::array<std::string_view, 4> kEvents{"on_start", "on_success", "on_failure",
                                                  "on_duration_warning_threshold_exceeded"};

bool read_destinations(const JsonReader& webhooks, std::string_view event,
                       std::vector<DestinationReference>& destinations) {
    const auto items = webhooks.objects(event);
    for (const JsonReader& item : items) destinations.push_back({item.path_of("id"), item.string("id")});
    return !items.empty();
}
}  // namespace

std::vector<std::string> parse_addresses(const JsonReader& object, std::string_view field) {
    auto addresses = object.strings(field);
    for (std::size_t i = 0; i < addresses.size(); ++i)
        if (!is_email_address(addresses[i]))
            object.refuse(std::string(field) + "[" + std::to_string(i) + "]",
                          "expected an email address, got '" + addresses[i].substr(0, 100) + "'.");
    return addresses;
}

bool parse_notifications(const JsonReader& settings, std::vector<DestinationReference>& destinations) {
    bool notifies = false;
    if (const auto emails = settings.optional_object("email_notifications"))
        for (std::string_view event : kEvents) notifies |= !parse_addresses(*emails, event).empty();
    if (const auto webhooks = settings.optional_object("webhook_notifications"))
        for (std::string_view event : kEvents) notifies |= read_destinations(*webhooks, event, destinations);
    return notifies;
}

}  // namespace stoker::api
