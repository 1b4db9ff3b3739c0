#include <algorithm>

#include "api/announce.h"
#include "api/instance_pools/endpoints.h"
#include "api/instance_pools/pool_json.h"
#include "api/services.h"
#include "clusters/instance_pool.h"
#include "core/random.h"
#include "db/listener.h"
#include "db/pool.h"

// create, edit and delete; nodes are told of each.
namespace stoker::api::instance_pools {
namespace {
using Json = nlohmann::json;

db::InstancePoolRow existing(db::Transaction& tx, const std::string& instance_pool_id) {
    auto pool = db::lock_instance_pool(tx, instance_pool_id);
    if (!pool) throw instance_pool_does_not_exist(instance_pool_id);
    return std::move(*pool);
}

/// What instances are, stays; fields that are not sent about that are those that the pool has.
Json with_what_stays(Json sent, const Json& stored) {
    for (const char* field : {"node_type_id", "preloaded_spark_versions"}) {
        const JsonReader reader(sent);
        if (!reader.has(field)) {
            if (stored.contains(field)) sent[field] = stored[field];
        } else if (!stored.contains(field) || *reader.raw(field) != stored[field]) {
            reader.refuse(field, "cannot be changed; create another pool.");
        }
    }
    return sent;
}

Answer told(Services& services, std::string instance_pool_id, Json answer) {
    std::vector<std::string> changed{std::move(instance_pool_id)};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return json_response(answer);
}
}  // namespace

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, instance_pool_setting());
    const auto asked = clusters::parse_instance_pool(JsonReader(request.parameters), services.settings.catalog);
    db::InstancePoolRow pool;
    pool.instance_pool_id = random_hex(8);
    pool.instance_pool_name = asked.instance_pool_name;
    pool.spec = asked.spec.dump();
    pool.creator_user_name = request.principal.user_name;
    pool.created_time = services.clock.epoch_millis();
    auto write = [pool](db::Transaction& tx) { db::create_instance_pool(tx, pool); };
    co_await services.pool.run(write);
    Json answer{{"instance_pool_id", pool.instance_pool_id}};
    co_return co_await told(services, pool.instance_pool_id, std::move(answer));
}

Answer edit(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, instance_pool_setting());
    const Json sent = request.parameters;
    const std::string instance_pool_id = JsonReader(sent).string("instance_pool_id");
    const clusters::Catalog& catalog = services.settings.catalog;
    auto write = [sent, instance_pool_id, &catalog](db::Transaction& tx) {
        db::InstancePoolRow pool = existing(tx, instance_pool_id);
        const Json whole = with_what_stays(sent, Json::parse(pool.spec));
        const auto asked = clusters::parse_instance_pool(JsonReader(whole), catalog);
        pool.instance_pool_name = asked.instance_pool_name;
        pool.spec = asked.spec.dump();
        db::edit_instance_pool(tx, pool);
    };
    co_await services.pool.run(write);
    co_return co_await told(services, instance_pool_id, Json::object());
}

Answer remove(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, instance_pool_setting());
    const std::string instance_pool_id = JsonReader(request.parameters).string("instance_pool_id");
    auto write = [instance_pool_id](db::Transaction& tx) { return db::delete_instance_pool(tx, instance_pool_id); };
    const bool found = co_await services.pool.run(write);
    if (!found) throw instance_pool_does_not_exist(instance_pool_id);
    co_return co_await told(services, instance_pool_id, Json::object());
}

}  // namespace stoker::api::instance_pools
