#include "api/notification_destinations/endpoints.h"

#include <array>

#include "api/schema/notifications.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr std::string_view kAll = "notification-destinations";
constexpr std::string_view kOne = "notification-destinations/{id}";
constexpr std::array kEndpoints{
    Endpoint{"POST", kAll, Versions::k20, Action::kManage, notification::create}.with(
        Operation{"Creates a destination.", &kCreateNotificationDestination, &kNotificationDestination}
            .checked_by_handler()),
    Endpoint{"GET", kAll, Versions::k20, Action::kList, notification::list}.with(
        {"The destinations.", &kListNotificationDestinations, &kNotificationDestinations}),
    Endpoint{"GET", kOne, Versions::k20, Action::kRead, notification::get}.with(
        {"One destination.", nullptr, &kNotificationDestination}),
    Endpoint{"PATCH", kOne, Versions::k20, Action::kManage, notification::change}.with(
        Operation{"Changes a destination.", &kUpdateNotificationDestination, &kNotificationDestination}
            .checked_by_handler()),
    Endpoint{"DELETE", kOne, Versions::k20, Action::kManage, notification::remove}.with({"Deletes a destination."}),
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/notifications", Versions::kNone, Action::kRead, notification::of_run}
        .with(Operation{"What was told of a run, and what is to be told.", &kListNotifications, &kNotifications}
                  .waiting()),
};
}  // namespace

std::span<const Endpoint> notification_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
