#include "api/wire/run_now.h"

#include "api/http/middleware/metrics.h"
#include "api/http/prefer.h"
#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "db/pool.h"
#include "db/run_writer.h"

namespace stoker::api::jobs {
namespace {
/// The run that holds the token, though its job is gone: without a job only the token is looked up.
std::optional<db::EnqueueResult> earlier_run(db::Transaction& tx, const std::string& user_name,
                                             const std::string& token) {
    if (token.empty()) return std::nullopt;
    db::EnqueueRequest request;
    request.creator_user_name = user_name;
    request.idempotency_token = token;
    const db::EnqueueResult known = db::enqueue_runs(tx, {request}).front();
    if (known.outcome != db::EnqueueOutcome::kDuplicate) return std::nullopt;
    return known;
}
}  // namespace

Answer run_now(Services& services, Request& request) {
    const RunNowRequest body = parse_run_now(request.parameters);
    request.ignored_fields = body.ignored;
    auto read = [job_id = body.job_id](db::Transaction& tx) { return db::find_job(tx, job_id); };
    const auto job = co_await services.pool.run(read);
    if (!job) {
        auto look_up = [user_name = request.principal.user_name, token = body.idempotency_token](db::Transaction& tx) {
            return earlier_run(tx, user_name, token);
        };
        const auto earlier = co_await services.pool.run(look_up);
        if (!earlier) throw ApiError::job_does_not_exist(body.job_id);
        const std::int64_t id = earlier->run_id.value;
        co_return json_response({{"run_id", id}, {"number_in_job", id}});
    }
    authorize(request.principal, request.endpoint->action, owned(*job));
    const auto settings = nlohmann::json::parse(job->settings);
    check_only(body, settings);
    const auto job_parameters = resolved_job_parameters(settings, body.job_parameters);

    db::EnqueueRequest enqueue;
    enqueue.job_id = body.job_id;
    enqueue.creator_user_name = request.principal.user_name;
    enqueue.idempotency_token = body.idempotency_token;
    if (!body.overriding_parameters.empty()) enqueue.overriding_parameters = body.overriding_parameters.dump();
    if (!job_parameters.empty()) enqueue.job_parameters = job_parameters.dump();
    enqueue.queue_enabled = body.queue_enabled;
    enqueue.only = body.only;
    const db::EnqueueResult result = co_await services.run_writer.enqueue(std::move(enqueue));
    if (result.outcome == db::EnqueueOutcome::kJobDoesNotExist) throw ApiError::job_does_not_exist(body.job_id);
    services.metrics.run_enqueued(result.outcome == db::EnqueueOutcome::kCreated ? "created" : "duplicate");

    const std::int64_t number_in_job = result.number_in_job != 0 ? result.number_in_job : result.run_id.value;
    if (preferred_wait(request.headers, services.settings.wait_cap))
        co_return co_await waited_answer(services, request, result.run_id, number_in_job);
    co_return json_response({{"run_id", result.run_id.value}, {"number_in_job", number_in_job}});
}

}  // namespace stoker::api::jobs
