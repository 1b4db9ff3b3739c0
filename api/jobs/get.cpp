#include "api/jobs/definition.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_json.h"
#include "api/services.h"
#include "api/wire/page_token.h"
#include "db/pool.h"

namespace stoker::api::jobs {

Answer get(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const JobId job_id{parameters.integer("job_id")};
    const std::size_t first_task = parse_offset_token(parameters);
    auto read = [job_id](db::Transaction& tx) { return db::find_job(tx, job_id); };
    const auto job = co_await services.pool.read(read);
    if (!job) throw ApiError::job_does_not_exist(job_id);
    authorize(request.principal, request.endpoint->action, owned(*job));
    co_return json_response(job_json(*job, request.version, first_task));
}

}  // namespace stoker::api::jobs
