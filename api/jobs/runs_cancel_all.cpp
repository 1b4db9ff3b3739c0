#include "api/announce.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/job_store.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
constexpr int kBatch = 200;  // runs in one transaction
}

Answer runs_cancel_all(Services& services, Request& request) {
    const JsonReader body(request.parameters);
    const auto sent_job = body.optional_int("job_id");
    const bool only_queued = body.boolean_or("all_queued_runs", false);
    if (!sent_job && !only_queued) body.refuse("job_id", "the field is required unless all_queued_runs is true.");
    std::optional<JobId> job_id;
    if (sent_job) job_id = JobId{*sent_job};
    // The whole workspace's queue is for admins to empty.
    if (!job_id) authorize(request.principal, request.endpoint->action, OwnedObject{"the runs of all jobs", "", ""});
    auto write = [job_id, only_queued, principal = request.principal,
                  action = request.endpoint->action](db::Transaction& tx) {
        if (job_id) {
            const auto job = db::find_job(tx, *job_id);
            if (!job) throw ApiError::job_does_not_exist(*job_id);
            authorize_job(tx, principal, action, *job);
        }
        return db::cancel_runs(tx, {job_id, only_queued, std::nullopt, kBatch});
    };
    bool more = true;
    while (more) {
        db::CancelResult result = co_await services.pool.run(write);
        more = result.ended_runs.size() + result.cancelled_task_runs.size() >= kBatch;
        co_await announce(services, std::move(result));
    }
    co_return Response{};
}

}  // namespace stoker::api::jobs
