#include "api/http/parameters.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/job_settings.h"
#include "api/wire/page_token.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
// An element has up to 5 MB of result and 5 MB of logs: a page ends before the one that would make it longer.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;
// So many are read at once, which bounds what lies in memory.
constexpr std::size_t kPortion = 8;

struct OutputPage {
    std::vector<db::TaskOutput> outputs;
    bool more = false;
};

std::size_t size_of(const db::TaskOutput& output) {
    std::size_t size = output.task.definition.size();
    if (!output.output) return size;
    for (const auto* text :
         {&output.output->result, &output.output->error, &output.output->error_trace, &output.output->logs})
        size += *text ? (*text)->size() : 0;
    return size + output.output->details.size();
}

OutputPage read_page(db::Transaction& tx, RunId job_run_id, std::size_t first) {
    OutputPage page;
    std::size_t bytes = 0;
    while (true) {
        auto portion = db::find_outputs(tx, job_run_id, first + page.outputs.size(), kPortion);
        for (auto& output : portion) {
            bytes += size_of(output);
            // One that is longer than a page makes a page.
            page.more = page.outputs.size() == kTaskPage || (bytes > kMostBytes && !page.outputs.empty());
            if (page.more) return page;
            page.outputs.push_back(std::move(output));
        }
        if (portion.size() < kPortion) return page;
    }
}

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
    auto read = [job_run_id = row.run_id, first](db::Transaction& tx) { return read_page(tx, job_run_id, first); };
    const OutputPage page = co_await services.pool.read(read);
    const RunView view = run_view(services, request);
    nlohmann::json answer{{"run_id", row.run_id.value},
                          {"state", state_json(row, view.version)},
                          {"status", status_json(row)},
                          {"outputs", nlohmann::json::array()}};
    if (page.more) answer["next_page_token"] = offset_token(first + page.outputs.size());
    for (const auto& output : page.outputs) answer["outputs"].push_back(element(output, view));
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
