#include "api/announce.h"
#include "api/http/middleware/metrics.h"
#include "api/http/parameters.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/run_read.h"
#include "api/settings.h"
#include "api/wire/run_now.h"
#include "core/error.h"
#include "core/job_parameters.h"
#include "core/signed_token.h"
#include "db/job_store.h"
#include "db/listener.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
struct OneRun {
    std::string idempotency_token;
    ParameterSets parameters;
};

/// What the transaction needs, by value: it may run more than once. All runs, or none.
struct Batch {
    JobId job_id;
    std::vector<OneRun> runs;
    std::optional<bool> queue_enabled;
    Principal principal;
    Action action;
    std::string signing_key;

    std::vector<db::EnqueueResult> operator()(db::Transaction& tx) const {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, action, *job);
        if (job->continuous)
            throw ApiError(ErrorCode::kInvalidState,
                           "Job " + to_string(job_id) + " is continuous and has one run at a time.");
        const auto settings = nlohmann::json::parse(job->settings);
        const auto ids = db::allocate_run_ids(tx, static_cast<int>(runs.size()));
        std::vector<db::EnqueueRequest> requests;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            db::EnqueueRequest request;
            request.run_id = ids[i];
            request.job_id = job_id;
            request.creator_user_name = principal.user_name;
            request.idempotency_token = runs[i].idempotency_token;
            request.queue_enabled = queue_enabled;
            request.kernel_token = sign_run_token(signing_key, {ids[i], job->run_as_user_name});
            const auto& parameters = runs[i].parameters;
            if (!parameters.overriding_parameters.empty())
                request.overriding_parameters = parameters.overriding_parameters.dump();
            const auto resolved = resolved_job_parameters(settings, parameters.job_parameters);
            if (!resolved.empty()) request.job_parameters = resolved.dump();
            requests.push_back(std::move(request));
        }
        const std::vector<db::EnqueueResult> results = db::enqueue_runs(tx, requests);
        for (const auto& result : results) refuse_deleted(tx, result);
        return results;
    }
};

std::vector<OneRun> parse_runs(const JsonReader& body) {
    std::vector<OneRun> runs;
    for (const JsonReader& run : body.objects("runs"))
        runs.push_back({run.optional_string("idempotency_token").value_or(""), parse_parameter_sets(run)});
    return runs;
}
}  // namespace

Answer run_batch(Services& services, Request& request) {
    const JobId job_id{path_integer(request, "job_id")};
    const JsonReader body(request.parameters);
    const auto queue = body.optional_object("queue");
    Batch batch{job_id,
                parse_runs(body),
                queue ? queue->optional_bool("enabled") : std::nullopt,
                request.principal,
                request.endpoint->action,
                services.settings.signing_key};
    const std::vector<db::EnqueueResult> results = co_await services.pool.run(batch);
    nlohmann::json answer{{"runs", nlohmann::json::array()}};
    std::vector<ClusterId> started, ready;
    for (const auto& result : results) {
        const bool is_new = result.outcome == db::EnqueueOutcome::kCreated;
        services.metrics.run_enqueued(is_new ? "created" : "duplicate");
        answer["runs"].push_back(
            {{"run_id", result.run_id.value}, {"number_in_job", result.run_id.value}, {"created", is_new}});
        started.insert(started.end(), result.started_clusters.begin(), result.started_clusters.end());
        ready.insert(ready.end(), result.ready_clusters.begin(), result.ready_clusters.end());
    }
    co_await announce(services, db::kClustersChannel, std::move(started));
    co_await announce(services, db::kReadyChannel, std::move(ready));
    co_return json_response(answer);
}

}  // namespace stoker::api::jobs
