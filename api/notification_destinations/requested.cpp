#include "api/notification_destinations/requested.h"

#include "api/http/parameters.h"

namespace stoker::api::notification {
namespace {
constexpr std::size_t kMaxId = 64;
}

WorkspaceSetting destinations() {
    return {"notification destinations"};
}

std::string requested_id(const Request& request) {
    const std::string& id = path_text(request, "id");
    if (id.size() > kMaxId) throw does_not_exist(id.substr(0, kMaxId) + "…");
    return id;
}

ApiError does_not_exist(const std::string& destination_id) {
    return {ErrorCode::kResourceDoesNotExist, "Notification destination " + destination_id + " does not exist."};
}

}  // namespace stoker::api::notification
