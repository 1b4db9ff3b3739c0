#include "api/wire/notifications.h"

#include <gtest/gtest.h>

#include "api/notification_destinations/destination.h"
#include "api/schema/check.h"
#include "api/schema/jobs.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

struct Parsed {
    bool notifies = false;
    std::vector<std::string> destinations;  // "path=id"
};

/// As the settings of a job that stand at `path` of a request.
Parsed parsed(const Json& settings, const std::string& path = "") {
    const JsonReader reader(settings, path);
    IgnoredNames ignored;
    check(reader, schema::kJobSettings, ignored);
    Parsed result;
    std::vector<DestinationReference> destinations;
    result.notifies = parse_notifications(reader, destinations);
    for (const auto& [field, id] : destinations) result.destinations.push_back(field + "=" + id);
    return result;
}

std::string refusal(const Json& settings) {
    try {
        parsed(settings, "new_settings");
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        return error.what();
    }
    return "";
}

Json rule(const Json& changes) {
    Json one{{"metric", "RUN_DURATION_SECONDS"}, {"op", "GREATER_THAN"}, {"value", 60}};
    one.update(changes);
    return {{"health", {{"rules", Json::array({one})}}}};
}
Json emails(const std::string& event, const Json& addresses) {
    return {{"email_notifications", {{event, addresses}}}};
}
Json webhooks(const std::string& event, const Json& items) {
    return {{"webhook_notifications", {{event, items}}}};
}

TEST(Notifications, NobodyIsToldByDefault) {
    for (const Json& settings :
         {Json::object(), Json{{"email_notifications", Json::object()}}, emails("on_start", Json::array()),
          Json{{"email_notifications", nullptr}, {"health", nullptr}},
          Json{{"email_notifications", {{"no_alert_for_skipped_runs", true}}}},
          Json{{"webhook_notifications", {{"on_streaming_backlog_exceeded", Json::array()}}}}, rule(Json::object())})
        EXPECT_FALSE(parsed(settings).notifies) << settings;
}

TEST(Notifications, EachEventNotifies) {
    for (const char* event : {"on_start", "on_success", "on_failure", "on_duration_warning_threshold_exceeded"}) {
        EXPECT_TRUE(parsed(emails(event, {"ann@example.com"})).notifies) << event;
        const Parsed result = parsed(webhooks(event, {{{"id", "d-1"}}, {{"id", "d-2"}}}), "new_settings");
        EXPECT_TRUE(result.notifies) << event;
        const std::string field = std::string("new_settings.webhook_notifications.") + event;
        EXPECT_EQ(result.destinations, (std::vector<std::string>{field + "[0].id=d-1", field + "[1].id=d-2"}));
    }
}

TEST(Notifications, EveryRefusalNamesItsField) {
    struct Row {
        Json settings;
        const char* begins;
    };
    const Json one{{"id", "d"}};
    for (const Row& row : {
             Row{{{"email_notifications", "ann@example.com"}}, "email_notifications: expected an object"},
             Row{emails("on_start", "ann@example.com"), "email_notifications.on_start: expected an array"},
             Row{emails("on_failure", {"ann@example.com", "ann"}),
                 "email_notifications.on_failure[1]: expected an email address, got 'ann'."},
             Row{emails("on_failure", {"a@b.c\r\nBcc: x@y.z"}), "email_notifications.on_failure[0]: expected an email"},
             Row{emails("on_success", Json(std::vector<std::string>(101, "a@b.c"))),
                 "email_notifications.on_success: more than 100 items."},
             Row{emails("on_streaming_backlog_exceeded", {"a@b.c"}),
                 "email_notifications.on_streaming_backlog_exceeded: there are no streaming metrics"},
             Row{emails("on_maintenance_start", {"a@b.c"}), "email_notifications.on_maintenance_start: "},
             Row{emails("no_alert_for_skipped_runs", 1), "email_notifications.no_alert_for_skipped_runs: "},
             Row{{{"webhook_notifications", Json::array()}}, "webhook_notifications: expected an object"},
             Row{webhooks("on_start", {"d"}), "webhook_notifications.on_start[0]: expected an object"},
             Row{webhooks("on_start", Json::array({Json::object()})),
                 "webhook_notifications.on_start[0].id: the field is required."},
             Row{webhooks("on_start", Json::array({one, one, one, one})),
                 "webhook_notifications.on_start: more than 3 items."},
             Row{webhooks("on_streaming_backlog_exceeded", Json::array({one})),
                 "webhook_notifications.on_streaming_backlog_exceeded: "},
             Row{{{"notification_settings", {{"no_alert_for_canceled_runs", "perhaps"}}}},
                 "notification_settings.no_alert_for_canceled_runs: "},
             Row{{{"health", {{"rules", 1}}}}, "health.rules: expected an array"},
             Row{rule({{"metric", nullptr}}), "health.rules[0].metric: the field is required."},
             Row{rule({{"metric", "STREAMING_BACKLOG_BYTES"}}),
                 "health.rules[0].metric: expected RUN_DURATION_SECONDS, got 'STREAMING_BACKLOG_BYTES'."},
             Row{rule({{"op", "LESS_THAN"}}), "health.rules[0].op: expected GREATER_THAN"},
             Row{rule({{"value", 0}}), "health.rules[0].value: expected a number from 1"},
             Row{rule({{"value", "soon"}}), "health.rules[0].value: expected an integer"},
             Row{rule({{"value", nullptr}}), "health.rules[0].value: the field is required."},
         })
        EXPECT_TRUE(refusal(row.settings).starts_with(std::string("new_settings.") + row.begins))
            << refusal(row.settings) << " for " << row.settings;
}

TEST(Notifications, WithoutAKeyNoSecretIsStored) {
    db::NotificationDestinationRow destination;
    destination.destination_type = "SLACK";
    const Json body{{"config", {{"slack", {{"url", "https://example.com"}}}}}};
    try {
        apply(parse_destination(JsonReader(body)), "", destination);
        FAIL();
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kFeatureDisabled);
    }
    EXPECT_TRUE(destination.secrets.empty());
    destination.destination_type = "EMAIL";
    const Json emails{{"config", {{"email", {{"addresses", {"ann@example.com"}}}}}}};
    apply(parse_destination(JsonReader(emails)), "", destination);
    EXPECT_EQ(destination.addresses, std::vector<std::string>{"ann@example.com"});
}

}  // namespace
}  // namespace stoker::api
