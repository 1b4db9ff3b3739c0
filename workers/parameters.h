#pragma once
#include <map>
#include <string>

namespace stoker::workers {

/// The widgets of a notebook: base_parameters of its task, over them the notebook_params sent with the run, over them
/// the job's parameters (their value, else their default). All three arrive as JSON text, "" = none; values are texts.
std::map<std::string, std::string> widgets_of(const std::string& task_definition,
                                              const std::string& overriding_parameters,
                                              const std::string& job_parameters);

}  // namespace stoker::workers
