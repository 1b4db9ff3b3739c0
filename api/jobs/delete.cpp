#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/services.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/pool.h"
#include "db/trigger_store.h"

namespace stoker::api::jobs {

Answer remove(Services& services, Request& request) {
    const JobId job_id{JsonReader(request.parameters).integer("job_id")};
    auto write = [job_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, action, *job);
        if (!db::delete_job(tx, job_id)) throw ApiError::job_does_not_exist(job_id);
        db::set_trigger(tx, job_id, std::nullopt);
    };
    co_await services.pool.run(write);
    co_return Response{};
}

}  // namespace stoker::api::jobs
