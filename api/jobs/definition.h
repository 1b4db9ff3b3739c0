#pragma once
#include <string>

#include "api/http/authorize.h"
#include "api/wire/job_settings.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api {

/// Fills in creator and run_as, and checks, before anything is written, that run_as may be used, that the clusters and
/// jobs exist, and that run_as may use them and read the notebooks and libraries. Throws ApiError that names the field.
/// Runs inside the transaction that writes the job. `run_as_before`: of a job that is changed, which keeps it unless it
/// asks for another.
void settle_identities(db::Transaction& tx, const Principal& principal, JobDefinition& definition,
                       const std::string& run_as_before = "");

}  // namespace stoker::api
