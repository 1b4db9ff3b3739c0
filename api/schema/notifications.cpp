#include "api/schema/notifications.h"

namespace stoker::api::schema {
namespace {
constexpr std::int64_t kMaxName = 256;
constexpr std::int64_t kMaxUrl = 2048;
constexpr std::int64_t kMaxSecret = 1024;
constexpr std::int64_t kMaxAddresses = 100;
constexpr std::int64_t kLongestPage = 1000;

constexpr std::string_view kShown = "it is what an answer says.";
constexpr std::string_view kWebhooksOnly = "is not available here; send the url of an incoming webhook.";
constexpr std::string_view kNoApp = "is not available here; use slack or microsoft_teams with the url of a webhook.";

constexpr Field kEmailFields[] = {texts("addresses").required().at_most(kMaxAddresses)};
constexpr Schema kEmail{"EmailConfig", kEmailFields};
constexpr Field kGenericWebhookFields[] = {
    text("url").at_most(kMaxUrl),
    text("username").at_most(kMaxSecret),
    text("password").at_most(kMaxSecret),
    text("stoker_secret").at_most(kMaxSecret).noted("Stoker's own: deliveries are signed with it."),
    boolean("url_set").echoed(kShown),
    boolean("username_set").echoed(kShown),
    boolean("password_set").echoed(kShown),
    boolean("stoker_secret_set").echoed(kShown),
};
constexpr Schema kGenericWebhook{"GenericWebhookConfig", kGenericWebhookFields};
constexpr Field kTeamsFields[] = {
    text("url").at_most(kMaxUrl),
    text("app_id").refused(kWebhooksOnly),
    text("auth_secret").refused(kWebhooksOnly),
    text("channel_url").refused(kWebhooksOnly),
    text("tenant_id").refused(kWebhooksOnly),
    boolean("url_set").echoed(kShown),
    boolean("app_id_set").echoed(kShown),
    boolean("auth_secret_set").echoed(kShown),
    boolean("channel_url_set").echoed(kShown),
    boolean("tenant_id_set").echoed(kShown),
};
constexpr Schema kTeams{"MicrosoftTeamsConfig", kTeamsFields};
constexpr Field kSlackFields[] = {
    text("url").at_most(kMaxUrl),
    text("channel_id").refused(kWebhooksOnly),
    text("oauth_token").refused(kWebhooksOnly),
    boolean("url_set").echoed(kShown),
    boolean("channel_id_set").echoed(kShown),
    boolean("oauth_token_set").echoed(kShown),
};
constexpr Schema kSlack{"SlackConfig", kSlackFields};
constexpr Field kPagerdutyFields[] = {text("integration_key").at_most(kMaxSecret),
                                      boolean("integration_key_set").echoed(kShown)};
constexpr Schema kPagerduty{"PagerdutyConfig", kPagerdutyFields};

constexpr Field kConfigFields[] = {
    object("email", &kEmail),
    object("generic_webhook", &kGenericWebhook),
    object("microsoft_teams", &kTeams),
    object("pagerduty", &kPagerduty),
    object("slack", &kSlack),
    object("databricks_app_slack").refused(kNoApp),
    object("databricks_app_teams").refused(kNoApp),
};
constexpr Schema kConfig{"NotificationDestinationConfig", kConfigFields};

constexpr Field kCreateFields[] = {
    text("display_name").required().at_most(kMaxName),
    object("config", &kConfig).required(),
    text("id").echoed(kShown),
    text("destination_type").echoed(kShown),
};
constexpr Field kUpdateFields[] = {
    text("display_name").at_most(kMaxName),
    object("config", &kConfig),
    text("id").echoed(kShown),
    text("destination_type").echoed(kShown),
};
constexpr Field kPageFields[] = {integer("page_size").between(0, kLongestPage), text("page_token")};

constexpr Field kDestinationFields[] = {text("id").required(), text("display_name").required(),
                                        text("destination_type").required(),
                                        object("config", &kConfig).noted("only to admins, and not in lists")};
constexpr Field kDestinationsFields[] = {objects("results", &kNotificationDestination).required(),
                                         text("next_page_token")};
constexpr Field kToldFields[] = {text("id").required(), text("display_name"), text("destination_type")};
constexpr Schema kTold{"NotifiedDestination", kToldFields};
constexpr Field kNotificationFields[] = {
    text("delivery_id").required(),
    text("event").required(),
    integer("run_id").required(),
    text("task_key"),
    text("state").required(),
    integer("tries").required(),
    integer("created_time").required(),
    integer("delivered_time").required(),
    object("destination", &kTold),
    text("email"),
    text("last_error"),
    integer("next_try_time"),
};
constexpr Schema kNotification{"Notification", kNotificationFields};
constexpr Field kNotificationsFields[] = {objects("notifications", &kNotification).required(), text("next_page_token")};
}  // namespace

constexpr Schema kNotificationDestination{"NotificationDestination", kDestinationFields};
constexpr Schema kNotificationDestinations{"NotificationDestinations", kDestinationsFields};
constexpr Schema kNotifications{"Notifications", kNotificationsFields};
constexpr Schema kCreateNotificationDestination{"CreateNotificationDestination", kCreateFields};
constexpr Schema kUpdateNotificationDestination{"UpdateNotificationDestination", kUpdateFields};
constexpr Schema kListNotificationDestinations{"ListNotificationDestinations", kPageFields};
constexpr Schema kListNotifications{"ListNotifications", kPageFields};

}  // namespace stoker::api::schema
