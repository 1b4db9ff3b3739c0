#pragma once
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace stoker {

/// [{name, default, value}] of a run: every parameter of the job's `settings`, then those that only `given` names.
/// Empty when there are none.
nlohmann::json resolved_job_parameters(const nlohmann::json& settings,
                                       const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace stoker
