#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "core/json_reader.h"

namespace stoker::api::jobs {

Answer runs_get_output(Services& services, Request& request) {
    const RunId run_id{JsonReader(request.parameters).integer("run_id")};
    const ReadRun run = co_await read_run(services, request, run_id, ReadOutput::kYes);
    const db::TaskRunRow* task = task_run_of_output(run.found);
    nlohmann::json answer = task ? output_json(*task, run.output) : nlohmann::json::object();
    answer["metadata"] = run_json(run.found, run_view(services, request));
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
