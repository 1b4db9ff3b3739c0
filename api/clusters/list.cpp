#include <algorithm>

#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "db/pool.h"

namespace stoker::api::cluster {
namespace {
constexpr int kPage = 20;
constexpr int kEverything = INT32_MAX - 1;

db::ClusterFilter parse_filter(const JsonReader& parameters, const Principal& principal) {
    db::ClusterFilter filter;
    filter.visible_to = visible_to(principal);
    filter.cluster_states = parameters.strings("filter_by.cluster_states");
    filter.cluster_sources = parameters.strings("filter_by.cluster_sources");
    filter.is_pinned = parameters.optional_bool("filter_by.is_pinned");
    filter.policy_id = parameters.optional_string("filter_by.policy_id").value_or("");
    return filter;
}

/// 2.0 knows no pages.
db::ClusterPage requested_page(const JsonReader& parameters, ApiVersion version) {
    db::ClusterPage page;
    if (parameters.optional_string("sort_by.field") == "CLUSTER_NAME") page.order = db::ClusterOrder::kByName;
    if (parameters.optional_string("sort_by.direction") == "DESC") page.direction = db::Direction::kDescending;
    page.limit = version == ApiVersion::k20 ? kEverything : parse_page_size(parameters, kPage);
    page.offset = version == ApiVersion::k20 ? 0 : static_cast<int>(parse_offset_token(parameters));
    return page;
}
}  // namespace

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader parameters(request.parameters);
    const db::ClusterFilter filter = parse_filter(parameters, request.principal);
    const db::ClusterPage page = requested_page(parameters, request.version);
    db::ClusterPage wanted = page;
    ++wanted.limit;  // tells whether there are more
    auto read = [filter, wanted](db::Transaction& tx) { return db::list_clusters(tx, filter, wanted); };
    const std::vector<db::ShownCluster> rows = co_await services.pool.read(read);
    const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page.limit));
    nlohmann::json answer = nlohmann::json::object();
    for (std::size_t i = 0; i < shown; ++i)
        answer["clusters"].push_back(cluster_json(rows[i], services.settings.catalog, false));
    const auto first = static_cast<std::size_t>(page.offset);
    if (rows.size() > shown) answer["next_page_token"] = offset_token(first + shown);
    if (first > 0)
        answer["prev_page_token"] = offset_token(first - std::min(first, static_cast<std::size_t>(page.limit)));
    co_return json_response(answer);
}

}  // namespace stoker::api::cluster
