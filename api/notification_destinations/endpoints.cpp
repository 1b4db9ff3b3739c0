#include "api/notification_destinations/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr std::string_view kAll = "notification-destinations";
constexpr std::string_view kOne = "notification-destinations/{id}";
constexpr std::array kEndpoints{
    Endpoint{"POST", kAll, Versions::k20, Action::kManage, notification::create},
    Endpoint{"GET", kAll, Versions::k20, Action::kList, notification::list},
    Endpoint{"GET", kOne, Versions::k20, Action::kRead, notification::get},
    Endpoint{"PATCH", kOne, Versions::k20, Action::kManage, notification::change},
    Endpoint{"DELETE", kOne, Versions::k20, Action::kManage, notification::remove},
    Endpoint{"GET", "/api/stoker/v1/runs/{run_id}/notifications", Versions::kNone, Action::kRead, notification::of_run},
};
}  // namespace

std::span<const Endpoint> notification_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
