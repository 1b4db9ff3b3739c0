#include "api/jobs/run_read.h"

#include <algorithm>

#include "api/http/authorize.h"
#include "api/http/middleware/metrics.h"
#include "api/http/prefer.h"
#include "api/http/router.h"
#include "api/run_waiters.h"
#include "core/error.h"
#include "db/pool.h"

namespace stoker::api {
namespace {
bool has_one_task(const db::RunRow& run) {
    return !run.tasks.empty() && std::ranges::all_of(run.tasks, [&](const auto& task) {
        return task.task_key == run.tasks.front().task_key;
    });
}

ReadRun read_in(db::Transaction& tx, RunId run_id, const Principal& principal, ReadOutput output) {
    auto found = db::find_run(tx, run_id);
    if (!found) throw ApiError::run_does_not_exist(run_id);
    authorize(principal, Action::kRead, owned(found->run));
    ReadRun result{std::move(*found), std::nullopt, std::nullopt};
    const bool wanted =
        output == ReadOutput::kYes || (output == ReadOutput::kIfSingleTask && has_one_task(result.found.run));
    if (!wanted) return result;
    const db::TaskRunRow* task = task_run_of_output(result.found);
    if (task && task->end_time != 0) result.output = db::find_task_output(tx, task->run_id);
    return result;
}
}  // namespace

OwnedObject owned(const db::RunRow& run) {
    return {"run " + to_string(run.run_id), run.creator_user_name, run.run_as_user_name};
}

RunView run_view(const Services& services, const Request& request) {
    RunView view;
    view.version = request.version;
    view.external_url = external_url(request, services.settings.external_url);
    view.workspace_id = services.workspace_id;
    return view;
}

void tell_waited(Response& response, std::chrono::seconds waited) {
    response.headers.add("Preference-Applied", "wait=" + std::to_string(waited.count()));
}

boost::asio::awaitable<ReadRun> read_run(Services& services, Request& request, RunId run_id, ReadOutput output) {
    const auto wait = preferred_wait(request.headers, services.settings.wait_cap);
    auto read = [run_id, principal = request.principal, output](db::Transaction& tx) {
        return read_in(tx, run_id, principal, output);
    };
    if (!wait || wait->count() == 0) {
        ReadRun run = co_await services.pool.run(read);
        run.waited = wait;
        co_return run;
    }
    // The waiter enters before the run is read: an end in between wakes it.
    const auto waiter =
        services.run_waiters.enter(run_id, *wait, request.watch_client ? request.watch_client() : nullptr);
    services.metrics.set_waiting_clients(services.run_waiters.size());
    ReadRun run = co_await services.pool.run(read);
    while (!is_over(run.found)) {
        const bool again = co_await waiter->changed();
        run = co_await services.pool.run(read);
        if (!again) break;
    }
    run.waited = wait;
    co_return run;
}

boost::asio::awaitable<Response> waited_answer(Services& services, Request& request, RunId run_id,
                                               std::int64_t number_in_job) {
    const ReadRun run = co_await read_run(services, request, run_id, ReadOutput::kIfSingleTask);
    nlohmann::json answer{{"run_id", run_id.value},
                          {"number_in_job", number_in_job},
                          {"state", state_json(run.found.run)},
                          {"status", status_json(run.found.run)},
                          {"tasks", nlohmann::json::array()}};
    for (const auto& task : run.found.run.tasks)
        answer["tasks"].push_back(
            {{"task_key", task.task_key}, {"run_id", task.run_id.value}, {"state", state_json(task)}});
    if (is_over(run.found) && has_one_task(run.found.run))
        answer.update(output_json(*task_run_of_output(run.found), run.output));
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api
