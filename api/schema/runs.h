#pragma once
#include "api/schema/schema.h"

// Answers of the Jobs API.
namespace stoker::api::schema {

extern const Schema kCreatedJob, kJob, kJobList, kPermissions, kPermissionLevels;
extern const Schema kStartedRun, kStartedRuns, kRepaired;
extern const Schema kRun, kRunList, kRunOutput, kRunOutputs, kExportedRun;

}  // namespace stoker::api::schema
