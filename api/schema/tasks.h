#pragma once
#include "api/schema/schema.h"

namespace stoker::api::schema {

extern const Schema kTask;      // of a job; extends kFlatTask
extern const Schema kFlatTask;  // what of it stands at the root of flat settings; extends kTaskType
extern const Schema kTaskType;
/// The task types, those that are refused by name among them; each is a field of kTask.
Values task_types();

}  // namespace stoker::api::schema
