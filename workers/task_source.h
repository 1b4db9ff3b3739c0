#pragma once
#include <string>

#include <nlohmann/json.hpp>

namespace stoker::workers {

/// Whether the task's notebook, script, SQL file or dbt project is in the Git repository of its run: as its `source`
/// says; without one, when the run has a `git_source` (JSON text, "" = none) and the path is relative. Pure.
bool is_in_repository(const nlohmann::json& task, const std::string& git_source);

}  // namespace stoker::workers
