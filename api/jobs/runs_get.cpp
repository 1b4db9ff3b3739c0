#include <map>

#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/job_settings.h"
#include "api/wire/page.h"
#include "api/wire/page_token.h"
#include "api/wire/repair_json.h"
#include "api/wire/resolved_values.h"
#include "core/json_depth.h"
#include "db/pool.h"
#include "db/reference_store.h"
#include "db/repair_store.h"

namespace stoker::api::jobs {
namespace {
/// What an answer tells beside the run itself, read for it alone.
struct Extras {
    std::vector<db::RepairRow> repairs;
    std::vector<db::TaskRunRow> iterations;  // of the page, and one more
};

bool is_for_each(const db::FoundRun& found) {
    const db::TaskRunRow* task = found.named_task ? task_run_of_output(found) : nullptr;
    return task && !task->stats.empty();
}

boost::asio::awaitable<Extras> read_extras(Services& services, const db::FoundRun& found, bool with_repairs,
                                           std::size_t first) {
    Extras extras;
    const RunId run_id = found.run.run_id;
    if (with_repairs && found.run.repair_id) {
        auto read = [run_id](db::Transaction& tx) { return db::find_repairs(tx, run_id); };
        extras.repairs = co_await services.pool.read(read);
    }
    if (is_for_each(found)) {
        auto read = [task = *found.named_task, first](db::Transaction& tx) {
            return db::find_iterations(tx, {task, 0, first, kTaskPage + 1});
        };
        extras.iterations = co_await services.pool.read(read);
    }
    co_return extras;
}

void add_iterations(nlohmann::json& answer, const std::vector<db::TaskRunRow>& iterations, const RunView& view) {
    auto& list = answer["iterations"] = nlohmann::json::array();
    for (std::size_t i = 0; i < std::min(iterations.size(), kTaskPage); ++i)
        list.push_back(task_json(iterations[i], view));
    const bool more = cut_pages(answer, view.first_task, {"job_parameters"});
    if (more || iterations.size() > kTaskPage) answer["next_page_token"] = offset_token(view.first_task + kTaskPage);
    // The for-each itself is told on the first page.
    if (view.first_task > 0) answer["tasks"] = nlohmann::json::array();
}

/// A page of it, as of every array: clients add up what the pages have.
void add_history(nlohmann::json& answer, nlohmann::json history, std::size_t first) {
    answer["repair_history"] = std::move(history);
    if (cut_pages(answer, first, {"repair_history"})) answer["next_page_token"] = offset_token(first + kTaskPage);
}

/// Adds them to the page's tasks, or iterations.
boost::asio::awaitable<void> add_resolved_values(Services& services, nlohmann::json& answer, const RunView& view) {
    std::map<RunId, nlohmann::json*> shown;
    for (const char* list : {"tasks", "iterations"})
        if (answer.contains(list))
            for (auto& task : answer[list]) shown[RunId{task["run_id"].get<std::int64_t>()}] = &task;
    std::vector<RunId> run_ids;
    for (const auto& [run_id, task] : shown) run_ids.push_back(run_id);
    auto read = [run_ids](db::Transaction& tx) { return db::find_reference_values(tx, run_ids); };
    const std::map<RunId, std::string> references = co_await services.pool.read(read);
    for (const auto& [run_id, task] : shown) {
        const auto found = references.find(run_id);
        auto values = found == references.end() ? nlohmann::json() : parse_shallow(found->second);
        if (values.is_discarded()) continue;  // a task value may be as deep as a program likes
        if (!values.is_null()) values["workspace"] = {{"id", view.workspace_id}, {"url", view.external_url}};
        if (auto resolved = resolved_values(*task, values); !resolved.is_null())
            (*task)["resolved_values"] = std::move(resolved);
    }
}
}  // namespace

Answer runs_get(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RunId run_id{parameters.integer("run_id")};
    RunView view = run_view(services, request);
    view.first_task = parse_offset_token(parameters);
    const bool include_history = parameters.boolean_or("include_history", false);
    const bool include_resolved_values = parameters.boolean_or("include_resolved_values", false);
    const ReadRun run = co_await read_run(services, request, run_id, false);
    auto render = [&view](const RunRecord& record) { return run_json(record.found, view); };
    if (!include_history && !include_resolved_values && !is_for_each(run.found()))
        co_return answer_of(run, "get " + depends_on(view), render);

    const Extras extras = co_await read_extras(services, run.found(), include_history, view.first_task);
    nlohmann::json answer = render(*run.record);
    if (include_history)
        add_history(answer, repair_history(run.found().run, extras.repairs, view.version), view.first_task);
    if (is_for_each(run.found())) add_iterations(answer, extras.iterations, view);
    if (include_resolved_values) co_await add_resolved_values(services, answer, view);
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
