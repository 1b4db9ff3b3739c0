#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/page_token.h"

namespace stoker::api::jobs {
namespace {
nlohmann::json repair_history(const db::RunRow& run) {
    nlohmann::json ids = nlohmann::json::array();
    for (const auto& task : run.tasks) ids.push_back(task.run_id.value);
    return {{{"type", "ORIGINAL"},
             {"start_time", run.start_time},
             {"end_time", run.end_time},
             {"state", state_json(run)},
             {"status", status_json(run)},
             {"task_run_ids", std::move(ids)}}};
}
}  // namespace

Answer runs_get(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RunId run_id{parameters.integer("run_id")};
    RunView view = run_view(services, request);
    view.first_task = parse_offset_token(parameters);
    const bool include_history = parameters.boolean_or("include_history", false);
    const ReadRun run = co_await read_run(services, request, run_id, false);
    auto render = [&view, include_history](const RunRecord& record) {
        nlohmann::json answer = run_json(record.found, view);
        if (include_history) answer["repair_history"] = repair_history(record.found.run);
        return answer;
    };
    co_return answer_of(run, (include_history ? "get+history" : "get") + depends_on(view), render);
}

}  // namespace stoker::api::jobs
