#include "api/jobs/definition.h"

#include "api/notification_destinations/references.h"
#include "db/cluster_store.h"
#include "db/control_store.h"
#include "db/principal_store.h"

namespace stoker::api {
namespace {
Principal run_as_principal(db::Transaction& tx, const Principal& caller, const std::string& run_as,
                           const std::string& run_as_before) {
    const std::string& name = run_as.empty() ? run_as_before : run_as;
    if (name.empty() || name == caller.user_name) return caller;
    if (name != run_as_before) authorize(caller, Action::kManage, Identity{name});
    const auto user = db::find_user(tx, name);
    if (!user || !user->active)
        throw ApiError::invalid_parameter("run_as.user_name: User " + name + " does not exist.");
    return {user->user_name, user->user_id, user->display_name, user->is_admin, std::nullopt};
}

void check_jobs(db::Transaction& tx, const Principal& run_as, const JobDefinition& definition) {
    for (const auto& [field, job_id] : definition.references.jobs) {
        if (!db::find_job(tx, job_id))
            throw ApiError::invalid_parameter(field + ": " + ApiError::job_does_not_exist(job_id).what());
        if (!db::may_run_job(tx, run_as.user_name, job_id))
            throw ApiError(ErrorCode::kPermissionDenied, field + ": User " + run_as.user_name +
                                                             " does not have Run permission on job " +
                                                             to_string(job_id) + ".");
    }
}
}  // namespace

void settle_identities(db::Transaction& tx, const Principal& principal, JobDefinition& definition,
                       const std::string& run_as_before) {
    const Principal run_as = run_as_principal(tx, principal, definition.run_as, run_as_before);
    definition.job.creator_user_name = principal.user_name;
    definition.job.run_as_user_name = run_as.user_name;
    for (const auto& [field, cluster_id] : definition.references.clusters) {
        const auto cluster = db::find_cluster(tx, cluster_id);
        if (!cluster) throw ApiError::invalid_parameter(field + ": Cluster " + cluster_id + " does not exist");
        authorize(run_as, Action::kUse,
                  OwnedObject{"cluster " + cluster_id, cluster->creator_user_name, cluster->run_as_user_name});
    }
    check_destinations(tx, definition.references.destinations);
    for (const auto& [field, path] : definition.references.files) authorize(run_as, Action::kRead, WorkspacePath{path});
    check_jobs(tx, run_as, definition);
}

}  // namespace stoker::api
