#include "api/announce.h"
#include "api/clusters/policies.h"
#include "api/http/middleware/metrics.h"
#include "api/http/prefer.h"
#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/wire/run_now.h"
#include "core/job_parameters.h"
#include "core/signed_token.h"
#include "db/listener.h"
#include "db/pool.h"
#include "db/run_store.h"

namespace stoker::api::jobs {
namespace {
/// What the transaction needs, by value: it may run more than once.
struct Submission {
    JobDefinition definition;
    Principal principal;
    std::string signing_key;
    EpochMillis now = 0;

    db::EnqueueResult operator()(db::Transaction& tx) const {
        db::EnqueueRequest request;
        request.run_id = db::allocate_run_ids(tx, 1).front();
        request.creator_user_name = principal.user_name;
        request.run_type = "SUBMIT_RUN";
        if (!definition.idempotency_token.empty()) {
            // Before all else: a repeated submit makes no second job, were it sent at the same moment, and finds its
            // run whatever has become of the cluster or the notebook since. The enqueueing then needs no token.
            const RunId holder =
                db::hold_idempotency_token(tx, request.creator_user_name, definition.idempotency_token, request.run_id);
            if (holder != request.run_id) {
                const db::EnqueueResult earlier{db::EnqueueOutcome::kDuplicate, holder, {}, {}, {}};
                refuse_deleted(tx, earlier);
                return earlier;
            }
        }
        JobDefinition checked = definition;
        settle_identities(tx, principal, checked);
        request.run_name = checked.job.name;
        request.kernel_token = sign_run_token(signing_key, {request.run_id, checked.job.run_as_user_name});
        const auto parameters = resolved_job_parameters(nlohmann::json::parse(checked.job.settings), {});
        if (!parameters.empty()) request.job_parameters = parameters.dump();
        request.job_id = db::create_job(tx, checked.job, now);
        if (!checked.permissions.empty())
            db::set_permissions(tx, "jobs", to_string(request.job_id), checked.permissions);
        return db::enqueue_runs(tx, {request}).front();
    }
};
}  // namespace

Answer runs_submit(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const auto rules = co_await definition_rules(services, request.parameters);
    Submission submission{parse_submit(request.parameters, rules, request.version), request.principal,
                          services.settings.signing_key, services.clock.epoch_millis()};
    request.ignored_fields = submission.definition.ignored;
    const db::EnqueueResult result = co_await services.pool.run(submission);
    services.metrics.run_enqueued(result.outcome == db::EnqueueOutcome::kCreated ? "created" : "duplicate");
    co_await announce(services, db::kClustersChannel, result.started_clusters);
    co_await announce(services, db::kReadyChannel, result.ready_clusters);

    if (preferred_wait(request.headers, services.settings.wait_cap))
        co_return co_await waited_answer(services, request, result);
    co_return json_response({{"run_id", result.run_id.value}});
}

}  // namespace stoker::api::jobs
