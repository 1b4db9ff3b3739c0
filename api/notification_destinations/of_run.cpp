#include "api/http/parameters.h"
#include "api/jobs/run_read.h"
#include "api/notification_destinations/endpoints.h"
#include "api/services.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "db/notification_store.h"
#include "db/pool.h"

namespace stoker::api::notification {
namespace {
constexpr int kPage = 100;

nlohmann::json notification_json(const db::NotificationRow& row, RunId job_run_id) {
    nlohmann::json json{{"delivery_id", row.delivery_id},
                        {"event", row.event},
                        {"run_id", (row.task_run_id ? row.task_run_id : job_run_id).value},
                        {"state", row.state},
                        {"tries", row.tries},
                        {"created_time", row.created_time},
                        {"delivered_time", row.delivered_time}};
    if (row.task_run_id) json["task_key"] = row.task_key;
    if (!row.destination_id.empty()) {
        auto& destination = json["destination"] = {{"id", row.destination_id}};
        if (!row.destination_type.empty()) {
            destination["display_name"] = row.display_name;
            destination["destination_type"] = row.destination_type;
        }
    }
    if (!row.address.empty()) json["email"] = row.address;
    if (!row.last_error.empty()) json["last_error"] = row.last_error;
    if (row.state == "PENDING" && row.tries > 0) json["next_try_time"] = row.next_time;
    return json;
}
}  // namespace

Answer of_run(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const int size = parse_page_size(parameters, kPage);
    const auto key = parse_key_token(parameters);
    const ReadRun run = co_await read_run(services, request, RunId{path_integer(request, "run_id")}, false);
    const RunId job_run_id = run.found().run.run_id;
    auto read = [job_run_id, task = run.found().named_task, after = key ? key->id : 0, limit = size + 1](
                    db::Transaction& tx) { return db::list_notifications(tx, job_run_id, task, after, limit); };
    const auto rows = co_await services.pool.read(read);
    const auto shown = std::min(rows.size(), static_cast<std::size_t>(size));
    nlohmann::json answer{{"notifications", nlohmann::json::array()}};
    for (std::size_t i = 0; i < shown; ++i) answer["notifications"].push_back(notification_json(rows[i], job_run_id));
    if (rows.size() > shown) answer["next_page_token"] = key_token({0, rows[shown - 1].notification_id});
    co_return json_response(answer);
}

}  // namespace stoker::api::notification
