#include "api/announce.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/run_read.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/listener.h"
#include "db/pool.h"

namespace stoker::api::jobs {

Answer runs_cancel(Services& services, Request& request) {
    const RunId run_id{JsonReader(request.parameters).integer("run_id")};
    auto write = [run_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        const auto found = db::find_run(tx, run_id);
        if (!found) throw ApiError::run_does_not_exist(run_id);
        authorize_run(tx, principal, action, found->run);
        return db::cancel_run(tx, run_id);
    };
    const db::CancelResult result = co_await services.pool.run(write);
    co_await announce(services, result);
    co_return Response{};
}

}  // namespace stoker::api::jobs
