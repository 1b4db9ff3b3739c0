#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "workers/job_profile.h"
#include "workers/task_inputs.h"

// What a task runs that is no notebook: the `program` of the kernel's `run` frame. No I/O.
namespace stoker::workers {

/// nullopt: the task is a notebook, or of a type that workers do not run. Throws RunRefused for what cannot be run.
std::optional<nlohmann::json> program_of(const TaskInputs& inputs);

/// Adds the text of the workspace file that the task names, when the claim has brought it. Without it the kernel looks
/// for the file itself. Throws RunRefused when there is no such file.
void add_content(nlohmann::json& program, const db::ClaimedTaskRun& claim);

/// Whether it runs in a JVM of its own, on the jars among its libraries.
bool runs_own_jvm(const nlohmann::json& program);

/// What tells it from other programs, for who expects a run to be like the last one.
std::string name_of_program(const nlohmann::json& program);
/// A guess for one that never ran here.
Usage usage_of_program(const nlohmann::json& program);

}  // namespace stoker::workers
