#include <algorithm>
#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/http/parameters.h"
#include "api/services.h"
#include "api/spark/endpoints.h"
#include "api/spark/ui_response.h"
#include "core/hash.h"
#include "db/pool.h"
#include "db/spark_page_store.h"

namespace stoker::api {
namespace {
namespace net = boost::asio;
using Answer = net::awaitable<Response>;

// A page takes some milliseconds to make, so its answer is looked for and not told of.
constexpr std::chrono::milliseconds kFirstLook{5};
constexpr std::chrono::milliseconds kLook{20};
constexpr std::chrono::seconds kPatience{40};  // more than the driver's own

std::string base_of(const ClusterId& cluster_id, const WorkerId& worker_id) {
    return "/sparkui/" + cluster_id + "/" + worker_id;
}

ApiError no_such_driver(const ClusterId& cluster_id) {
    return {ErrorCode::kResourceDoesNotExist, "Cluster " + cluster_id + " has no such worker now: /sparkui/" +
                                                  cluster_id + " leads to those that it has."};
}

struct Found {
    db::ClusterRow cluster;
    std::vector<WorkerId> worker_ids;  // that are ready, the head first
};

net::awaitable<Found> find(Services& services, const Request& request, ClusterId cluster_id) {
    auto read = [cluster_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        Found found;
        found.cluster = existing_cluster(tx, cluster_id, principal, action);
        found.worker_ids = db::spark_drivers_of(tx, cluster_id);
        return found;
    };
    co_return co_await services.pool.read(read);
}

std::string list_of(const Found& found) {
    const ClusterId& cluster_id = found.cluster.cluster_id;
    std::string page = "<!DOCTYPE html><meta charset=\"utf-8\"><title>Spark of " + cluster_id +
                       "</title><h1>Spark drivers of cluster " + cluster_id +
                       "</h1><p>Each worker has its own.</p><ul>";
    for (const WorkerId& worker_id : found.worker_ids)
        page += "<li><a href=\"" + base_of(cluster_id, worker_id) + "/jobs/\">" +
                (worker_id == found.worker_ids.front() ? "head worker " : "worker ") + worker_id + "</a>";
    return page + "</ul>";
}

/// Of one driver its pages, of several a list.
Answer drivers(Services& services, Request& request) {
    const ClusterId cluster_id = path_text(request, "cluster_id");
    const Found found = co_await find(services, request, cluster_id);
    const std::vector<WorkerId>& worker_ids = found.worker_ids;
    if (worker_ids.empty()) {
        throw ApiError(ErrorCode::kInvalidState, "Cluster " + cluster_id + " is " + found.cluster.state +
                                                     ": it has a Spark UI while its workers run.");
    }
    Response response;
    response.content_type = "text/html; charset=utf-8";
    if (worker_ids.size() == 1) {
        response.status = 302;
        response.headers.add("Location", base_of(cluster_id, worker_ids.front()) + "/jobs/");
        response.body.clear();
    } else {
        response.body = list_of(found);
    }
    co_return response;
}

net::awaitable<std::string> made_page(Services& services, WorkerId worker_id, db::SparkPageRequest asked) {
    auto ask = [worker_id, asked](db::Transaction& tx) { return db::ask_spark_page(tx, worker_id, asked); };
    const std::int64_t request_id = co_await services.pool.run(ask);
    std::vector<std::string> told(1, worker_id);
    co_await announce(services, db::kSparkPagesChannel, std::move(told));
    net::steady_timer pause(co_await net::this_coro::executor);
    const auto give_up = services.clock.monotonic() + kPatience;
    for (auto wait = kFirstLook; services.clock.monotonic() < give_up; wait = kLook) {
        pause.expires_after(wait);
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
        auto fetch = [request_id](db::Transaction& tx) { return db::fetch_spark_page(tx, request_id); };
        const std::optional<std::string> response = co_await services.pool.run(fetch);
        if (response) co_return base64_decode(*response).value_or("");
    }
    throw ApiError(ErrorCode::kTemporarilyUnavailable, "Worker " + worker_id + " did not answer within " +
                                                           std::to_string(kPatience.count()) +
                                                           " s. Load the page again.");
}

Answer page(Services& services, Request& request) {
    const ClusterId cluster_id = path_text(request, "cluster_id");
    const WorkerId worker_id = path_text(request, "worker_id");
    const std::string base = base_of(cluster_id, worker_id);
    const Found found = co_await find(services, request, cluster_id);
    const std::vector<WorkerId>& worker_ids = found.worker_ids;
    if (std::find(worker_ids.begin(), worker_ids.end(), worker_id) == worker_ids.end() ||
        !request.target.starts_with(base))
        throw no_such_driver(cluster_id);
    db::SparkPageRequest asked;
    asked.target = request.target.substr(base.size());
    if (!asked.target.starts_with('/')) asked.target.insert(0, "/");
    asked.base = base;
    const std::string raw = co_await made_page(services, worker_id, std::move(asked));
    std::string host = external_url(request, services.settings.external_url);
    co_return ui_response(raw, base, host);
}

constexpr Operation page_of(std::string_view summary) {
    return Operation{summary}.taking(Content::kAnything).giving(Content::kAnything);
}
constexpr Endpoint shown(std::string_view path, Handler handler, Operation operation) {
    return {"GET", path, Versions::kNone, Action::kRead, handler, nullptr, Access::kBrowser, false, false, operation};
}
constexpr Operation kDrivers = page_of("Leads to the Spark UI of a cluster's drivers.");
constexpr Operation kPage = page_of("A page of the Spark UI of a worker's driver.");
constexpr std::array kEndpoints{
    shown("/sparkui/{cluster_id}", drivers, kDrivers),
    shown("/sparkui/{cluster_id}/{worker_id}/{rest*}", page, kPage),
};
}  // namespace

std::span<const Endpoint> spark_page_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
