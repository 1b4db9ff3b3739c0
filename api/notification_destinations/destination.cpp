#include "api/notification_destinations/destination.h"

#include <algorithm>
#include <array>
#include <span>

#include "api/wire/notifications.h"
#include "core/error.h"
#include "core/sealed_text.h"

namespace stoker::api {
namespace {
enum class Need { kRequired, kOptional };
struct SecretField {
    std::string_view name;
    Need need = Need::kOptional;
};
constexpr std::array kWebhook{SecretField{"url", Need::kRequired}, SecretField{"username"}, SecretField{"password"},
                              SecretField{"stoker_secret"}};
constexpr std::array kUrl{SecretField{"url", Need::kRequired}};
constexpr std::array kKey{SecretField{"integration_key", Need::kRequired}};

struct Kind {
    std::string_view field;  // of config
    std::string_view type;
    std::span<const SecretField> secrets;
};
constexpr std::array kKinds{Kind{"email", "EMAIL", {}}, Kind{"generic_webhook", "WEBHOOK", kWebhook},
                            Kind{"microsoft_teams", "MICROSOFT_TEAMS", kUrl}, Kind{"pagerduty", "PAGERDUTY", kKey},
                            Kind{"slack", "SLACK", kUrl}};

const Kind& kind_of(std::string_view type) {
    return *std::ranges::find(kKinds, type, &Kind::type);
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// http(s)://host…, with the name and password in fields of their own.
bool is_url(std::string_view text) {
    if (text.starts_with("https://"))
        text.remove_prefix(8);
    else if (text.starts_with("http://"))
        text.remove_prefix(7);
    else
        return false;
    const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
    return !authority.empty() && authority.find('@') == std::string_view::npos && authority.front() != ':';
}

std::string checked_secret(const JsonReader& config, std::string_view field) {
    const std::string text = config.optional_string(field).value_or("");
    const bool is_address = field == "url";
    // Their values stay out of messages: these end up in logs.
    if (is_address && !text.empty() && !(is_printable(text) && is_url(text)))
        config.refuse(field, "expected http://… or https://… without spaces, user name and password.");
    if (field == "integration_key" && !is_printable(text)) config.refuse(field, "expected printable characters.");
    if (std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        config.refuse(field, "expected a text without control characters.");
    if (field == "username" && text.find(':') != std::string::npos)
        config.refuse(field, "a user name cannot have a colon.");
    return text;
}

void parse_config(const JsonReader& configs, DestinationChange& change) {
    const Kind* kind = nullptr;
    for (const Kind& one : kKinds) {
        if (!configs.has(one.field)) continue;
        if (kind) configs.refuse(one.field, "only one kind may be sent; " + std::string(kind->field) + " is sent too.");
        kind = &one;
    }
    if (!kind)
        throw ApiError::invalid_parameter(
            "config: expected one of email, generic_webhook, microsoft_teams, pagerduty and slack.");
    const JsonReader config = configs.object(kind->field);
    change.config_field = kind->field;
    change.destination_type = kind->type;
    if (kind->type == "EMAIL") change.addresses = parse_addresses(config, "addresses");
    for (const SecretField& secret : kind->secrets)
        if (config.has(secret.name)) change.secrets[std::string(secret.name)] = checked_secret(config, secret.name);
}

std::string sealed(std::string_view sealing_key, const db::NotificationDestinationRow& destination,
                   const std::string& field, const std::string& text) {
    if (sealing_key.empty())
        throw ApiError(ErrorCode::kFeatureDisabled,
                       "Notification destinations of type " + destination.destination_type +
                           " cannot be stored: this server was started without --sealing-key-file.");
    return seal_text(sealing_key, db::destination_secret_purpose(destination.destination_id, field), text);
}
}  // namespace

DestinationChange parse_destination(const JsonReader& body) {
    DestinationChange change;
    change.display_name = body.optional_string("display_name");
    if (change.display_name && change.display_name->empty()) body.refuse("display_name", "the field is required.");
    if (const auto config = body.optional_object("config")) parse_config(*config, change);
    return change;
}

void apply(const DestinationChange& change, std::string_view sealing_key, db::NotificationDestinationRow& destination) {
    if (change.display_name) destination.display_name = *change.display_name;
    if (change.config_field.empty()) return;
    if (change.destination_type != destination.destination_type)
        throw ApiError::invalid_parameter("config." + change.config_field + ": the destination is of type " +
                                          destination.destination_type + ", which cannot be changed.");
    if (change.addresses) destination.addresses = *change.addresses;
    for (const auto& [field, text] : change.secrets) {
        if (text.empty())
            destination.secrets.erase(field);
        else
            destination.secrets[field] = sealed(sealing_key, destination, field, text);
    }
    for (const SecretField& secret : kind_of(destination.destination_type).secrets)
        if (secret.need == Need::kRequired && !destination.secrets.contains(std::string(secret.name)))
            throw ApiError::invalid_parameter("config." + change.config_field + "." + std::string(secret.name) +
                                              ": the field is required.");
}

nlohmann::json destination_json(const db::NotificationDestinationRow& destination, Shown shown) {
    nlohmann::json json{{"id", destination.destination_id},
                        {"display_name", destination.display_name},
                        {"destination_type", destination.destination_type}};
    if (shown == Shown::kNames) return json;
    const Kind& kind = kind_of(destination.destination_type);
    auto& config = json["config"][std::string(kind.field)] = nlohmann::json::object();
    if (kind.type == "EMAIL") config["addresses"] = destination.addresses;
    for (const SecretField& secret : kind.secrets)
        config[std::string(secret.name) + "_set"] = destination.secrets.contains(std::string(secret.name));
    return json;
}

}  // namespace stoker::api
