#include "api/wire/run_now.h"

#include "api/announce.h"
#include "api/http/middleware/metrics.h"
#include "api/http/prefer.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/job_cache.h"
#include "api/jobs/run_read.h"
#include "api/wire/job_settings.h"
#include "core/error.h"
#include "core/job_parameters.h"
#include "db/pool.h"
#include "db/run_writer.h"

namespace stoker::api::jobs {
namespace {
using db::EnqueueOutcome;

/// The run that holds the token, though its job is gone: without a job only the token is looked up.
boost::asio::awaitable<std::optional<db::EnqueueResult>> earlier_run(Services& services, db::EnqueueRequest request) {
    if (request.idempotency_token.empty()) co_return std::nullopt;
    request.job_id = JobId{};
    auto look_up = [request](db::Transaction& tx) { return db::enqueue_runs(tx, {request}).front(); };
    const db::EnqueueResult known = co_await services.pool.run_statement(look_up);
    if (known.outcome != EnqueueOutcome::kDuplicate) co_return std::nullopt;
    co_return known;
}

/// A continuous job has one run: the one that was started by hand takes the place of the one there is.
boost::asio::awaitable<void> cancel_older_runs(Services& services, JobId job_id, RunId run_id) {
    auto write = [job_id, run_id](db::Transaction& tx) { return db::cancel_runs(tx, {job_id, false, run_id}); };
    db::CancelResult cancelled = co_await services.pool.run(write);
    co_await announce(services, std::move(cancelled));
}

/// nullopt: the job is not what it was when it was looked at.
boost::asio::awaitable<std::optional<db::EnqueueResult>> enqueue(Services& services, const Request& request,
                                                                 const RunNowRequest& body) {
    db::EnqueueRequest enqueue;
    enqueue.job_id = body.job_id;
    enqueue.creator_user_name = request.principal.user_name;
    enqueue.idempotency_token = body.idempotency_token;
    const bool remembered = services.jobs.remembers(body.job_id);
    const auto job = co_await services.jobs.find(body.job_id);
    if (!job) {
        auto earlier = co_await earlier_run(services, enqueue);
        if (!earlier) throw ApiError::job_does_not_exist(body.job_id);
        co_return earlier;
    }
    std::exception_ptr refusal;
    try {
        co_await authorize_on_job(services, request.principal, request.endpoint->action, job->owner, body.job_id);
        if (!body.only.empty()) enqueue.only = chosen_tasks(body.only, with_tasks(job->settings));
    } catch (const ApiError&) {
        refusal = std::current_exception();
    }
    if (refusal) {
        // What refuses the request may have been changed since the job was looked at.
        if (!remembered) std::rethrow_exception(refusal);
        services.jobs.forget(body.job_id);
        co_return std::nullopt;
    }
    const auto job_parameters = resolved_job_parameters(job->settings, body.parameters.job_parameters);
    enqueue.job_version = job->job_version;
    enqueue.run_as_user_name = job->owner.run_as_user_name;
    if (!body.parameters.overriding_parameters.empty())
        enqueue.overriding_parameters = body.parameters.overriding_parameters.dump();
    if (!job_parameters.empty()) enqueue.job_parameters = job_parameters.dump();
    enqueue.queue_enabled = body.queue_enabled;
    if (job->continuous) {
        enqueue.trigger = "CONTINUOUS_RESTART";
        enqueue.queue_enabled = true;  // for as long as the run that is replaced takes to end
    }
    const db::EnqueueResult result = co_await services.run_writer.enqueue(std::move(enqueue));
    if (result.outcome == EnqueueOutcome::kCreated && job->continuous)
        co_await cancel_older_runs(services, body.job_id, result.run_id);
    if (result.outcome == EnqueueOutcome::kCreated || result.outcome == EnqueueOutcome::kDuplicate) co_return result;
    services.jobs.forget(body.job_id);
    if (result.outcome == EnqueueOutcome::kJobDoesNotExist) throw ApiError::job_does_not_exist(body.job_id);
    co_return std::nullopt;
}
}  // namespace

Answer run_now(Services& services, Request& request) {
    const RunNowRequest body = parse_run_now(request.parameters);
    request.ignored_fields = body.ignored;
    std::optional<db::EnqueueResult> result;
    while (!result) result = co_await enqueue(services, request, body);
    if (result->outcome == EnqueueOutcome::kDuplicate) {
        auto look = [earlier = *result](db::Transaction& tx) { refuse_deleted(tx, earlier); };
        co_await services.pool.read(look);
    }
    services.metrics.run_enqueued(result->outcome == EnqueueOutcome::kCreated ? "created" : "duplicate");

    if (preferred_wait(request.headers, services.settings.wait_cap))
        co_return co_await waited_answer(services, request, *result);
    const std::int64_t id = result->run_id.value;
    co_return json_response({{"run_id", id}, {"number_in_job", id}});
}

}  // namespace stoker::api::jobs
