#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "core/json_reader.h"

namespace stoker::api::jobs {

Answer runs_get_output(Services& services, Request& request) {
    const RunId run_id{JsonReader(request.parameters).integer("run_id")};
    const RunView view = run_view(services, request);
    const ReadRun run = co_await read_run(services, request, run_id, true);
    auto render = [&view](const RunRecord& record) {
        const db::TaskRunRow* task = task_run_of_output(record.found);
        nlohmann::json answer = task ? output_json(*task, record.found.output) : nlohmann::json::object();
        answer["metadata"] = run_json(record.found, view);
        return answer;
    };
    co_return answer_of(run, "get-output " + depends_on(view), render);
}

}  // namespace stoker::api::jobs
