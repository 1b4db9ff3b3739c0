#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "db/permission_store.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
constexpr int kDefaultLimit = 20;

db::RunFilter parse_filter(const JsonReader& parameters, const Page& page, const Request& request) {
    db::RunFilter filter;
    if (auto job_id = parameters.optional_int("job_id")) filter.job_id = JobId{*job_id};
    filter.run_type = parameters.optional_string("run_type");
    if (filter.run_type && filter.run_type->empty()) filter.run_type.reset();
    filter.active_only = parameters.boolean_or("active_only", false);
    filter.completed_only = parameters.boolean_or("completed_only", false);
    if (filter.active_only && filter.completed_only)
        parameters.refuse("completed_only", "cannot be combined with active_only.");
    filter.start_time_from = parameters.optional_int("start_time_from");
    filter.start_time_to = parameters.optional_int("start_time_to");
    filter.limit = page.limit + 1;  // one more tells whether there is a next page
    filter.offset = page.offset;
    if (const auto from = parse_key_token(parameters))
        (from->direction == ListKey::Direction::kOn ? filter.before : filter.after) =
            std::pair(from->time, RunId{from->id});
    filter.visible_to = visible_to(request.principal);
    return filter;
}
}  // namespace

Answer runs_list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader parameters(request.parameters);
    const Page page = parse_page(parameters, kDefaultLimit, request.version == ApiVersion::k20 ? 1000 : 25);
    db::RunFilter filter = parse_filter(parameters, page, request);
    RunView view = run_view(services, request);
    view.with_tasks = parameters.boolean_or("expand_tasks", false);
    filter.with_tasks = view.with_tasks || request.version == ApiVersion::k20;  // the flat shape of 2.0 shows the task

    auto read = [filter = std::move(filter)](db::Transaction& tx) {
        const bool is_hidden = filter.job_id && filter.visible_to &&
                               db::job_permission_level(tx, *filter.visible_to, *filter.job_id).empty();
        return is_hidden ? std::vector<db::RunRow>() : db::list_runs(tx, filter);
    };
    std::vector<db::RunRow> rows = co_await services.pool.read(read);
    nlohmann::json answer = nlohmann::json::object();
    add_page_tokens(answer, rows, page.limit, parse_key_token(parameters),
                    [](const db::RunRow& run) { return std::pair(run.start_time, run.run_id.value); });
    for (auto& row : rows) {
        nlohmann::json element = run_json({std::move(row), std::nullopt}, view);
        if (element.contains("next_page_token")) {
            element.erase("next_page_token");
            element["has_more"] = true;
        }
        answer["runs"].push_back(std::move(element));
    }
    co_return json_response(answer);
}

}  // namespace stoker::api::jobs
