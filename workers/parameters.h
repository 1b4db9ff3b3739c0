#pragma once
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "workers/task_inputs.h"

// Which parameters a task gets: its own, those sent with the run, those of the job. Values are texts: numbers and
// booleans become their text, as in the reference. No I/O.
namespace stoker::workers {

using TextMap = std::map<std::string, std::string>;

/// The member of that name; null when there is none, or `object` is no object.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
std::string text_of(const nlohmann::json& value);
TextMap texts_by_name(const nlohmann::json& object);

/// Parameters by name: `of_task`, over them the `of_run`, over them the job's (their value, else their default).
TextMap merged_parameters(const nlohmann::json& of_task, const nlohmann::json& of_run, const TaskInputs& inputs);
/// Parameters in a row: those of the run when it was given any, else the task's.
std::vector<std::string> replaced_parameters(const nlohmann::json& of_task, const nlohmann::json& of_run);

/// The widgets of a notebook.
TextMap widgets_of(const TaskInputs& inputs);

}  // namespace stoker::workers
