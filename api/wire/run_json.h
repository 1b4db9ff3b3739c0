#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "db/run_store.h"

namespace stoker::api {

/// For whom a run is shown: the version's shape, and what links are made of.
struct RunView {
    ApiVersion version = ApiVersion::k22;
    std::string external_url;
    std::string workspace_id;
    std::size_t first_task = 0;  // of the page; likewise of the other arrays
    bool with_tasks = true;      // false: list elements without expand_tasks
};

/// All of the view that an answer depends on, as one text.
std::string depends_on(const RunView& view);

/// `state` and `status` of a run or task run.
nlohmann::json state_json(const db::RunRow& run, ApiVersion version);
nlohmann::json state_json(const db::TaskRunRow& task);
nlohmann::json status_json(const db::RunRow& run);
nlohmann::json status_json(const db::TaskRunRow& task);

/// The RunTask object of a task run, an iteration perhaps.
nlohmann::json task_json(const db::TaskRunRow& task, const RunView& view);

/// The Run object; of a task run when `found.named_task` is set. `next_page_token` only where more tasks follow.
/// Throws ApiError when the version cannot show so many tasks.
nlohmann::json run_json(const db::FoundRun& found, const RunView& view);

/// The task run whose output a get-output of `found` means: the one it names, or the last attempt of the only task.
/// nullptr when there is none yet. Throws ApiError with the task run ids when the run has several tasks.
const db::TaskRunRow* task_run_of_output(const db::FoundRun& found);

/// What a task left beside its texts; {} when there is nothing, or nothing that can be read.
nlohmann::json output_details(const db::TaskOutputRow& output);

/// get-output's fields beside `metadata`; nothing while the task run is not over.
nlohmann::json output_json(const db::TaskRunRow& task, const std::optional<db::TaskOutputRow>& output);

/// Whether `found` names a task run, or a run whose task runs are all of one task.
bool has_one_task(const db::FoundRun& found);

/// Whether what `found` names is over.
bool is_over(const db::FoundRun& found);

}  // namespace stoker::api
