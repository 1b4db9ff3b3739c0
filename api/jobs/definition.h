#pragma once
#include "api/http/authorize.h"
#include "api/http/request.h"
#include "api/wire/job_settings.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api {

/// Fills in creator and run_as, and checks, before anything is written, that run_as may be used, that the clusters
/// exist, and that run_as may use them and read the notebooks and libraries. Throws ApiError that names the field. Runs
/// inside the transaction that creates the job.
void settle_identities(db::Transaction& tx, const Principal& principal, JobDefinition& definition);

OwnedObject owned(const db::JobRow& job);

}  // namespace stoker::api
