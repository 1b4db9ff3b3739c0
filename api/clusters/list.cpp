#include <algorithm>

#include "api/clusters/cluster_json.h"
#include "api/clusters/endpoints.h"
#include "api/services.h"
#include "api/wire/page_token.h"
#include "core/error.h"
#include "db/pool.h"

namespace stoker::api::cluster {
namespace {
bool is_among(const std::vector<std::string>& wanted, const std::string& value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}
}  // namespace

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader parameters(request.parameters);
    const auto states = parameters.strings("filter_by.cluster_states");
    const auto sources = parameters.strings("filter_by.cluster_sources");
    const bool only_pinned = parameters.boolean_or("filter_by.is_pinned", false);
    const bool has_pages = request.version != ApiVersion::k20;
    const std::int64_t size = parameters.integer_or("page_size", 20);
    const std::size_t first = has_pages ? parse_offset_token(parameters) : 0;

    auto read = [seen_by = visible_to(request.principal)](db::Transaction& tx) {
        return db::list_clusters(tx, seen_by);
    };
    std::vector<db::ClusterRow> rows = co_await services.pool.read(read);
    std::erase_if(rows, [&](const auto& row) {
        return only_pinned || !is_among(states, row.state) || !is_among(sources, row.cluster_source);
    });
    const std::size_t end = has_pages ? std::min(rows.size(), first + static_cast<std::size_t>(size)) : rows.size();
    const auto machine = clusters::this_machine();
    nlohmann::json answer = nlohmann::json::object();
    for (std::size_t i = first; i < end; ++i) answer["clusters"].push_back(cluster_json(rows[i], machine, false));
    if (end < rows.size()) answer["next_page_token"] = offset_token(end);
    co_return json_response(answer);
}

}  // namespace stoker::api::cluster
