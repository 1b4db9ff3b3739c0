#include <algorithm>

#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "core/error.h"
#include "db/pool.h"

namespace stoker::api::cluster {
namespace {
struct Query {
    ClusterId cluster_id;
    EpochMillis from = 0;
    EpochMillis to = 0;
    bool ascending = false;
    std::vector<std::string> types;
    Page page;
};

Query parse_query(const JsonReader& body) {
    Query query;
    query.cluster_id = body.string("cluster_id");
    query.from = body.integer_or("start_time", 0);
    query.to = body.integer_or("end_time", INT64_MAX);
    const std::string order = body.optional_string("order").value_or("DESC");
    query.ascending = order == "ASC";
    query.types = body.strings("event_types");
    query.page = parse_page(body, 50, 500);
    const std::int64_t size = body.integer_or("page_size", query.page.limit);
    if (size > 0) query.page.limit = static_cast<int>(size);
    if (const std::size_t offset = parse_offset_token(body); offset > 0) query.page.offset = static_cast<int>(offset);
    if (query.to < query.from) body.refuse("end_time", "is before start_time.");
    return query;
}
}  // namespace

Answer events(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    const Query query = parse_query(body);
    auto read = [query, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        existing_cluster(tx, query.cluster_id, principal, action);
        return db::list_cluster_events(tx, query.cluster_id, query.from, query.to, query.ascending, query.types,
                                       query.page.offset, query.page.limit);
    };
    const db::ClusterEvents found = co_await services.pool.read(read);
    nlohmann::json answer{{"total_count", found.total_count}};
    for (const auto& event : found.events)
        answer["events"].push_back(
            {{"cluster_id", query.cluster_id},
             {"timestamp", event.timestamp},
             {"type", event.type},
             {"details", event.details.empty() ? nlohmann::json::object() : nlohmann::json::parse(event.details)}});
    const std::int64_t next = query.page.offset + static_cast<std::int64_t>(found.events.size());
    if (next < found.total_count && !found.events.empty()) {
        nlohmann::json page = request.parameters;
        page["offset"] = next;
        page["limit"] = query.page.limit;
        page.erase("page_token");
        page.erase("page_size");
        answer["next_page"] = std::move(page);
        answer["next_page_token"] = offset_token(static_cast<std::size_t>(next));
    }
    if (query.page.offset > 0)
        answer["prev_page_token"] =
            offset_token(static_cast<std::size_t>(std::max(0, query.page.offset - query.page.limit)));
    co_return json_response(answer);
}

}  // namespace stoker::api::cluster
