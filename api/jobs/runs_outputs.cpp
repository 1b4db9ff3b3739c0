#include "api/http/parameters.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/job_settings.h"
#include "api/wire/page_token.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
nlohmann::json element(const db::TaskOutput& output, const RunView& view) {
    nlohmann::json object = output_json(output.task, output.output);
    const nlohmann::json task = task_json(output.task, view);
    for (const char* field : {"task_key", "run_id", "attempt_number", "start_time", "end_time", "state", "status"})
        object[field] = task[field];
    if (output.task.for_each_run_id) {
        object["for_each_run_id"] = output.task.for_each_run_id.value;
        object["iteration"] = output.task.iteration;
    }
    return object;
}
}  // namespace

Answer runs_outputs(Services& services, Request& request) {
    const RunId run_id{path_integer(request, "run_id")};
    const JsonReader parameters(request.parameters);
    const std::size_t first = parse_offset_token(parameters);
    const ReadRun run = co_await read_run(services, request, run_id, false);
    const db::RunRow& row = run.found().run;
    auto read = [job_run_id = row.run_id, first](db::Transaction& tx) {
        return db::find_outputs(tx, job_run_id, first, kTaskPage + 1);
    };
    std::vector<db::TaskOutput> outputs = co_await services.pool.read(read);
    const RunView view = run_view(services, request);
    nlohmann::json answer{{"run_id", row.run_id.value},
                          {"state", state_json(row, view.version)},
                          {"status", status_json(row)},
                          {"outputs", nlohmann::json::array()}};
    if (outputs.size() > kTaskPage) {
        outputs.pop_back();
        answer["next_page_token"] = offset_token(first + kTaskPage);
    }
    for (const auto& output : outputs) answer["outputs"].push_back(element(output, view));
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
