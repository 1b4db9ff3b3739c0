#include "api/announce.h"
#include "api/clusters/policies.h"
#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/services.h"
#include "api/settings.h"
#include "core/error.h"
#include "db/listener.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
/// What the transaction needs, by value: it may run more than once.
struct Creation {
    JobDefinition definition;
    Principal principal;
    EpochMillis now;
    std::int64_t max_saved_jobs;

    JobId operator()(db::Transaction& tx) const {
        if (db::count_jobs(tx) >= max_saved_jobs)
            throw ApiError(ErrorCode::kQuotaExceeded,
                           "The quota for the number of jobs has been reached. The current quota is " +
                               std::to_string(max_saved_jobs) + ".");
        JobDefinition checked = definition;
        settle_identities(tx, principal, checked);
        const JobId job_id = db::create_job(tx, checked.job, now);
        if (!checked.permissions.empty()) db::set_permissions(tx, "jobs", to_string(job_id), checked.permissions);
        if (checked.trigger) db::set_trigger(tx, job_id, checked.trigger);
        return job_id;
    }
};
}  // namespace

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const EpochMillis now = services.clock.epoch_millis();
    const auto rules = co_await definition_rules(services, request.parameters);
    Creation creation{parse_job_settings(request.parameters, rules, request.version, now), request.principal, now,
                      services.settings.max_saved_jobs};
    request.ignored_fields = creation.definition.ignored;
    const JobId job_id = co_await services.pool.run(creation);
    if (creation.definition.trigger) co_await announce_to_scheduler(services);
    co_return json_response({{"job_id", job_id.value}});
}

}  // namespace stoker::api::jobs
