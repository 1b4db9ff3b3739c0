#include "api/announce.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/run_read.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/listener.h"
#include "db/pool.h"

namespace stoker::api::jobs {

Answer runs_delete(Services& services, Request& request) {
    const RunId run_id{JsonReader(request.parameters).integer("run_id")};
    auto write = [run_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        const auto found = db::find_run(tx, run_id);
        if (!found || found->named_task) throw ApiError::run_does_not_exist(run_id);
        authorize_run(tx, principal, action, found->run);
        return db::delete_run(tx, run_id);
    };
    const db::DeleteRunOutcome outcome = co_await services.pool.run(write);
    if (outcome == db::DeleteRunOutcome::kDoesNotExist) throw ApiError::run_does_not_exist(run_id);
    if (outcome == db::DeleteRunOutcome::kActive)
        throw ApiError(ErrorCode::kInvalidState,
                       "Run " + to_string(run_id) + " is still active: cancel it before it is deleted.");
    services.runs.forget(run_id);
    const std::vector<RunId> deleted{run_id};
    co_await announce(services, db::kRunsChannel, deleted);
    co_return Response{};
}

}  // namespace stoker::api::jobs
