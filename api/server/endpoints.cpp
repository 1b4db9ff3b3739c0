#include "api/server/endpoints.h"

#include <array>

#include "api/http/middleware/metrics.h"
#include "api/openapi/document.h"
#include "api/schema/server.h"
#include "api/server/pool_metrics.h"
#include "api/services.h"
#include "core/hash.h"
#include "db/errors.h"
#include "db/pool.h"
#include "db/principal_store.h"
#include "db/run_store.h"

namespace stoker::api {
namespace {
using Answer = boost::asio::awaitable<Response>;

/// Every client asks this when it is made, before it has a token; without workspace_id it would take us for an account
/// host.
Answer databricks_config(Services& services, Request&) {
    co_return json_response({{"workspace_id", services.workspace_id}});
}

/// The process answers.
Answer healthz(Services&, Request&) {
    co_return json_response({{"status", "ok"}});
}

/// The database answers, too; db::Unavailable becomes a 503.
Answer readyz(Services& services, Request&) {
    auto ask = [](db::Transaction& tx) { static_cast<void>(db::find_user(tx, "")); };
    co_await services.pool.read(ask);
    co_return json_response({{"status", "ready"}});
}

Answer metrics(Services& services, Request&) {
    std::vector<db::WorkerPoolRow> pools;
    auto count = [&pools](db::Transaction& tx) {
        pools = db::worker_pools(tx);
        return db::count_queue(tx);
    };
    try {
        const db::QueueCounts queue = co_await services.pool.read(count);
        services.metrics.set_queue("ready", static_cast<double>(queue.ready));
        services.metrics.set_queue("leased", static_cast<double>(queue.leased));
    } catch (const db::Unavailable&) {
        // All the other figures are wanted most while the database is away; the gauges keep their last values.
    }
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = services.metrics.text() + pool_metrics(pools);
    co_return response;
}

Answer openapi(Services& services, Request& request) {
    static const std::string kText = openapi_document(services.router).dump();
    static const std::string kTag = '"' + sha256_hex(kText).substr(0, 32) + '"';
    Response response;
    response.headers.add("ETag", kTag);
    response.headers.add("Cache-Control", "no-cache");
    if (request.headers.get("If-None-Match") == kTag) {
        response.status = 304;
        response.body.clear();
    } else {
        response.body = kText;
    }
    co_return response;
}

constexpr Endpoint open(std::string_view path, Handler handler, Operation operation) {
    return {"GET", path, Versions::kNone, Action::kNone, handler, nullptr, Access::kPublic, false, false, operation};
}
constexpr std::array kEndpoints{
    open("/.well-known/databricks-config", databricks_config,
         {"What clients ask before they have a token.", nullptr, &schema::kWorkspaceConfig}),
    open("/healthz", healthz, {"The process answers.", nullptr, &schema::kServerStatus}),
    open("/readyz", readyz, {"The database answers, too.", nullptr, &schema::kServerStatus}),
    open("/metrics", metrics, Operation{"Figures for Prometheus."}.giving(Content::kText)),
    open("/api/stoker/v1/openapi.json", openapi, {"This document.", nullptr, &schema::kOpenApi}),
};
}  // namespace

std::span<const Endpoint> server_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
