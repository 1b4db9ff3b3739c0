#include "api/jobs/job_access.h"

#include "api/services.h"
#include "db/permission_store.h"
#include "db/pool.h"

namespace stoker::api {
namespace {
void authorize_in(db::Transaction& tx, const Principal& principal, Action action, OwnedObject object, JobId job_id) {
    if (needs_permission(principal, object))
        object.permission_level = db::job_permission_level(tx, principal.user_name, job_id);
    authorize(principal, action, object);
}
}  // namespace

OwnedObject owned(const db::JobRow& job) {
    return {"job " + to_string(job.job_id), job.owner_user_name, job.run_as_user_name};
}

OwnedObject owned(const db::RunRow& run) {
    return {"run " + to_string(run.run_id), run.creator_user_name, run.run_as_user_name};
}

void authorize_job(db::Transaction& tx, const Principal& principal, Action action, const db::JobRow& job) {
    authorize_in(tx, principal, action, owned(job), job.job_id);
}

void authorize_run(db::Transaction& tx, const Principal& principal, Action action, const db::RunRow& run) {
    OwnedObject object = owned(run);
    // Who began a run of a job may look at it; to change it takes a right on the job, which may have been revoked
    // since.
    const bool changes = action == Action::kRun || action == Action::kManage;
    if (changes && run.run_type == "JOB_RUN") object.creator_user_name.clear();
    authorize_in(tx, principal, action, std::move(object), run.job_id);
}

boost::asio::awaitable<void> authorize_on_job(Services& services, const Principal& principal, Action action,
                                              OwnedObject object, JobId job_id) {
    if (needs_permission(principal, object)) {
        auto look_up = [user_name = principal.user_name, job_id](db::Transaction& tx) {
            return db::job_permission_level(tx, user_name, job_id);
        };
        object.permission_level = co_await services.pool.read(look_up);
    }
    authorize(principal, action, object);
}

}  // namespace stoker::api
