#include <algorithm>

#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/notebook_html.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "core/time_text.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
using Json = nlohmann::json;

constexpr std::size_t kLongestExport = 64 * 1024 * 1024;  // all views of an answer

struct ExportedTask {
    RunId run_id;
    NotebookHead head;
};

bool wants_code(const JsonReader& parameters) {
    return parameters.optional_string("views_to_export") != "DASHBOARDS";  // of which there are none here
}

/// "" when the task is no notebook.
std::string notebook_path(const db::TaskRunRow& task) {
    const Json definition = Json::parse(task.definition);
    return definition.value("notebook_task", Json::object()).value("notebook_path", "");
}

std::string seconds_text(EpochMillis millis) {
    return std::to_string(millis / 1000) + "." + std::to_string(millis % 1000 / 100) + " s";
}

NotebookHead head_of(const db::TaskRunRow& task, const std::string& path) {
    return {path.substr(path.rfind('/') + 1),
            {{"Notebook", path},
             {"Task", task.task_key},
             {"Run", to_string(task.job_run_id)},
             {"Task run", to_string(task.run_id)},
             {"Result", task.result_state.value_or(task.life_cycle_state)},
             {"Started", task.start_time == 0 ? "never" : time_argument(task.start_time, "iso_datetime").value()},
             {"Took", seconds_text(task.setup_duration + task.execution_duration + task.cleanup_duration)}}};
}

/// The task run that is named, or the last attempts of a run; those that are over.
std::vector<ExportedTask> exported_tasks(const db::FoundRun& found) {
    std::vector<ExportedTask> exported;
    bool has_notebook = false;
    for (const auto& task : found.run.tasks) {
        const std::string path = notebook_path(task);
        if (path.empty()) continue;
        has_notebook = true;
        const bool is_meant = found.named_task ? task.run_id == *found.named_task : task.is_last_attempt;
        if (is_meant && task.end_time != 0) exported.push_back({task.run_id, head_of(task, path)});
    }
    if (!has_notebook && !found.run.tasks.empty())
        throw ApiError::invalid_parameter("Run " + to_string(found.named_task.value_or(found.run.run_id)) +
                                          " has no notebook task; only runs of notebooks can be exported.");
    return exported;
}

ApiError too_long(const db::FoundRun& found) {
    return ApiError::invalid_parameter(
        "Run " + to_string(found.named_task.value_or(found.run.run_id)) + ": the notebooks take more than " +
        std::to_string(kLongestExport / (1024 * 1024)) + " MB as HTML; " +
        (found.named_task ? "it cannot be exported." : "export the task runs one by one."));
}
}  // namespace

Answer runs_export(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const RunId run_id{parameters.integer("run_id")};
    const bool with_code = wants_code(parameters);
    const ReadRun run = co_await read_run(services, request, run_id, false);
    std::vector<ExportedTask> tasks = exported_tasks(run.found());
    if (!with_code) tasks.clear();

    Json views = Json::array();
    std::size_t left = kLongestExport;
    for (const ExportedTask& task : tasks) {
        // Pages are made on the pool's thread: they may be long.
        auto make = [task, left](db::Transaction& tx) -> std::optional<std::string> {
            const auto notebook = db::find_task_notebook(tx, task.run_id);
            if (!notebook) return "";
            return notebook_html(*notebook, task.head, left);
        };
        auto content = co_await services.pool.read(make);
        if (!content) throw too_long(run.found());
        if (content->empty()) continue;  // it ended before its notebook began
        left -= std::min(left, content->size());
        views.push_back({{"content", std::move(*content)}, {"name", task.head.name}, {"type", "NOTEBOOK"}});
    }
    Response response = json_response({{"views", std::move(views)}});
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api::jobs
