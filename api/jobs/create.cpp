#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::jobs {

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    JobDefinition definition = parse_job_settings(request.parameters, request.version);
    request.ignored_fields = definition.ignored;
    auto write = [definition = std::move(definition), principal = request.principal,
                  now = services.clock.epoch_millis()](db::Transaction& tx) mutable {
        settle_identities(tx, principal, definition);
        return db::create_job(tx, definition.job, now);
    };
    const JobId job_id = co_await services.pool.run(write);
    co_return json_response({{"job_id", job_id.value}});
}

}  // namespace stoker::api::jobs
