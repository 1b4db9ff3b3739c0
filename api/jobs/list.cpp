#include "api/jobs/endpoints.h"
#include "api/services.h"
#include "api/settings.h"
#include "api/wire/job_settings.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
nlohmann::json element(const db::JobRow& job, ApiVersion version, bool expand_tasks) {
    nlohmann::json settings = settings_json(job.settings, job.format, version);
    nlohmann::json object{{"job_id", job.job_id.value},
                          {"creator_user_name", job.creator_user_name},
                          {"run_as_user_name", job.run_as_user_name},
                          {"created_time", job.created_time}};
    if (!expand_tasks) {
        settings.erase("tasks");
        settings.erase("job_clusters");
    } else if (settings.contains("tasks") && settings["tasks"].size() > kTaskPage) {
        auto& tasks = settings["tasks"];
        tasks.erase(tasks.begin() + kTaskPage, tasks.end());
        object["has_more"] = true;
    }
    object["settings"] = std::move(settings);
    return object;
}
/// 2.0 began without pages, and its clients know none.
bool is_unpaged(const JsonReader& parameters) {
    return !parameters.has("limit") && !parameters.has("offset") && !parameters.has("page_token");
}
}  // namespace

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader parameters(request.parameters);
    db::JobFilter filter;
    Page page = parse_page(parameters, 20, 100);
    if (request.version == ApiVersion::k20 && is_unpaged(parameters))
        page.limit = static_cast<int>(services.settings.max_saved_jobs);
    filter.limit = page.limit + 1;  // one more tells whether there is a next page
    filter.offset = page.offset;
    filter.name = parameters.optional_string("name");
    const auto from = parse_key_token(parameters);
    if (from)
        (from->direction == ListKey::Direction::kOn ? filter.before : filter.after) =
            std::pair(from->time, JobId{from->id});
    filter.visible_to = visible_to(request.principal);
    const bool expand_tasks = parameters.boolean_or("expand_tasks", false);

    auto read = [filter = std::move(filter), expand_tasks](db::Transaction& tx) {
        return db::list_jobs(tx, filter, expand_tasks ? db::Tasks::kIncluded : db::Tasks::kLeftOut);
    };
    std::vector<db::JobRow> rows = co_await services.pool.read(read);
    nlohmann::json answer = nlohmann::json::object();
    add_page_tokens(answer, rows, page.limit, from,
                    [](const db::JobRow& job) { return std::pair(job.created_time, job.job_id.value); });
    for (const auto& job : rows) answer["jobs"].push_back(element(job, request.version, expand_tasks));
    co_return json_response(answer);
}

}  // namespace stoker::api::jobs
