#pragma once
#include "api/schema/schema.h"

// Requests of the Jobs API.
namespace stoker::api::schema {

extern const Schema kJobSettings, kResetJob, kUpdateJob;  // jobs/create takes JobSettings
extern const Schema kSubmitRun, kRunNow, kRepairRun, kRunBatch;
extern const Schema kJobId, kRunId, kGetJob, kListJobs, kListRuns, kGetRun, kGetOutputs, kExportRun, kCancelAll;
extern const Schema kSetPermissions;
extern const Schema kCronSchedule, kParameterSets;  // parts that answers have, too

}  // namespace stoker::api::schema
