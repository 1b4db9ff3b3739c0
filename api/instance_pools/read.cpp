#include "api/instance_pools/endpoints.h"
#include "api/instance_pools/pool_json.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::instance_pools {

Answer get(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, instance_pool_setting());
    const std::string instance_pool_id = JsonReader(request.parameters).string("instance_pool_id");
    auto read = [instance_pool_id](db::Transaction& tx) { return db::show_instance_pool(tx, instance_pool_id); };
    const auto shown = co_await services.pool.read(read);
    if (!shown) throw instance_pool_does_not_exist(instance_pool_id);
    co_return json_response(instance_pool_json(*shown));
}

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, instance_pool_setting());
    auto read = [](db::Transaction& tx) { return db::list_instance_pools(tx); };
    const auto pools = co_await services.pool.read(read);
    nlohmann::json answer = nlohmann::json::object();
    for (const db::ShownInstancePool& shown : pools) answer["instance_pools"].push_back(instance_pool_json(shown));
    co_return json_response(answer);
}

}  // namespace stoker::api::instance_pools
