#pragma once
#include <nlohmann/json.hpp>

#include "db/task_run_store.h"

namespace stoker::workers {

/// What a task run goes by, with its value references replaced: the task, and the parameters of the run.
struct TaskInputs {
    nlohmann::json task;
    nlohmann::json overriding_parameters;  // those sent with the run; null = none
    nlohmann::json job_parameters;         // [{name, default, value}]; null = none
};

/// `workspace`: {id, url}, which references may name. Throws RunRefused when something that the task refers to has no
/// value.
TaskInputs inputs_of(const db::ClaimedTaskRun& claim, const nlohmann::json& workspace);

}  // namespace stoker::workers
