#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/page_token.h"

namespace stoker::api::jobs {

Answer runs_get(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RunId run_id{parameters.integer("run_id")};
    RunView view = run_view(services, request);
    view.first_task = parse_offset_token(parameters);
    const bool include_history = parameters.boolean_or("include_history", false);
    const ReadRun run = co_await read_run(services, request, run_id, ReadOutput::kNo);
    nlohmann::json object = run_json(run.found, view);
    if (include_history) {
        nlohmann::json ids = nlohmann::json::array();
        for (const auto& task : run.found.run.tasks) ids.push_back(task.run_id.value);
        object["repair_history"] = {{{"type", "ORIGINAL"},
                                     {"start_time", run.found.run.start_time},
                                     {"end_time", run.found.run.end_time},
                                     {"state", object["state"]},
                                     {"status", object["status"]},
                                     {"task_run_ids", std::move(ids)}}};
    }
    Response response = json_response(object);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
