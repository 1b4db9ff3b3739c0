#include "api/notification_destinations/destination.h"
#include "api/notification_destinations/endpoints.h"
#include "api/notification_destinations/requested.h"
#include "api/services.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "db/pool.h"

namespace stoker::api::notification {
namespace {
constexpr int kPage = 100;
}  // namespace

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, destinations());
    const JsonReader parameters(request.parameters);
    const int size = parse_page_size(parameters, kPage);
    const std::size_t first = parse_offset_token(parameters);
    auto read = [size, first](db::Transaction& tx) {
        return db::list_notification_destinations(tx, size + 1, static_cast<std::int64_t>(first));
    };
    auto rows = co_await services.pool.read(read);
    const auto shown = std::min(rows.size(), static_cast<std::size_t>(size));
    nlohmann::json answer{{"results", nlohmann::json::array()}};
    for (std::size_t i = 0; i < shown; ++i) answer["results"].push_back(destination_json(rows[i], Shown::kNames));
    if (rows.size() > shown) answer["next_page_token"] = offset_token(first + shown);
    co_return json_response(answer);
}

}  // namespace stoker::api::notification
