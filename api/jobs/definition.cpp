#include "api/jobs/definition.h"

#include "db/cluster_store.h"
#include "db/principal_store.h"

namespace stoker::api {
namespace {
Principal run_as_principal(db::Transaction& tx, const Principal& caller, const std::string& run_as) {
    if (run_as.empty() || run_as == caller.user_name) return caller;
    authorize(caller, Action::kManage, Identity{run_as});
    const auto user = db::find_user(tx, run_as);
    if (!user || !user->active)
        throw ApiError::invalid_parameter("run_as.user_name: User " + run_as + " does not exist.");
    return {user->user_name, user->user_id, user->display_name, user->is_admin, std::nullopt};
}
}  // namespace

void settle_identities(db::Transaction& tx, const Principal& principal, JobDefinition& definition) {
    const Principal run_as = run_as_principal(tx, principal, definition.run_as);
    definition.job.creator_user_name = principal.user_name;
    definition.job.run_as_user_name = run_as.user_name;
    for (const auto& [field, cluster_id] : definition.references.clusters) {
        const auto cluster = db::find_cluster(tx, cluster_id);
        if (!cluster) throw ApiError::invalid_parameter(field + ": Cluster " + cluster_id + " does not exist");
        authorize(run_as, Action::kUse,
                  OwnedObject{"cluster " + cluster_id, cluster->creator_user_name, cluster->run_as_user_name});
    }
    for (const auto& [field, path] : definition.references.files) authorize(run_as, Action::kRead, WorkspacePath{path});
}

OwnedObject owned(const db::JobRow& job) {
    return {"job " + to_string(job.job_id), job.creator_user_name, job.run_as_user_name};
}

}  // namespace stoker::api
