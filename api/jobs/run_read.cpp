#include "api/jobs/run_read.h"

#include "api/http/middleware/metrics.h"
#include "api/http/prefer.h"
#include "api/http/router.h"
#include "api/jobs/job_access.h"
#include "api/run_waiters.h"
#include "core/error.h"

namespace stoker::api {
namespace {
/// After which a run that has just begun is looked at though nobody told of its end.
constexpr std::chrono::milliseconds kFirstLook{200};
}  // namespace

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

boost::asio::awaitable<ReadRun> read_run(Services& services, const Request& request, RunId run_id, bool with_output,
                                         FirstLook first_look) {
    const auto wait = preferred_wait(request.headers, services.settings.wait_cap);
    ReadRun run{nullptr, wait};
    // The waiter enters before the run is read: an end in between wakes it.
    std::unique_ptr<RunWaiters::Waiter> waiter;
    bool again = wait && wait->count() > 0;
    if (again) {
        waiter = services.run_waiters.enter(run_id, *wait, request.watch_client ? request.watch_client() : nullptr);
        services.metrics.set_waiting_clients(services.run_waiters.size());
        if (first_look == FirstLook::kJustBegun) co_await waiter->changed_within(kFirstLook);
    }
    while (true) {
        run.record = co_await services.runs.find(run_id, with_output);
        if (!run.record) throw ApiError::run_does_not_exist(run_id);
        const db::RunRow& row = run.found().run;
        co_await authorize_on_job(services, request.principal, Action::kRead, owned(row), row.job_id);
        if (!again || is_over(run.found())) co_return run;
        again = co_await waiter->changed();
    }
}

void refuse_deleted(db::Transaction& tx, const db::EnqueueResult& begun) {
    if (begun.outcome == db::EnqueueOutcome::kDuplicate && db::is_deleted_run(tx, begun.run_id))
        throw ApiError::invalid_parameter("idempotency_token: the run of this token, " + to_string(begun.run_id) +
                                          ", has been deleted.");
}

boost::asio::awaitable<Response> waited_answer(Services& services, Request& request, const db::EnqueueResult& begun) {
    const RunId run_id = begun.run_id;
    // An earlier run that holds the token may be over, and so is one that was skipped or that has no cluster.
    const bool is_new = begun.outcome == db::EnqueueOutcome::kCreated &&
                        (begun.life_cycle_state == "PENDING" || begun.life_cycle_state == "QUEUED");
    const FirstLook first_look = is_new ? FirstLook::kJustBegun : FirstLook::kNow;
    const ReadRun run = co_await read_run(services, request, run_id, true, first_look);
    const db::RunRow& row = run.found().run;
    nlohmann::json answer{{"run_id", run_id.value},
                          {"number_in_job", run_id.value},
                          {"state", state_json(row, request.version)},
                          {"status", status_json(row)},
                          {"tasks", nlohmann::json::array()}};
    for (const auto& task : row.tasks)
        answer["tasks"].push_back(
            {{"task_key", task.task_key}, {"run_id", task.run_id.value}, {"state", state_json(task)}});
    if (is_over(run.found()) && has_one_task(run.found()))
        answer.update(output_json(*task_run_of_output(run.found()), run.found().output));
    Response response = json_response(answer);
    if (run.waited) tell_waited(response, *run.waited);
    co_return response;
}

}  // namespace stoker::api
