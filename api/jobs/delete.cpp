#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::jobs {

Answer remove(Services& services, Request& request) {
    const JobId job_id{JsonReader(request.parameters).integer("job_id")};
    auto write = [job_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize(principal, action, owned(*job));
        if (!db::delete_job(tx, job_id)) throw ApiError::job_does_not_exist(job_id);
    };
    co_await services.pool.run(write);
    co_return Response{};
}

}  // namespace stoker::api::jobs
