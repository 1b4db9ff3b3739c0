#pragma once
#include <nlohmann/json.hpp>

namespace stoker::api {

/// `resolved_values` of a task run: the parameters of its task with references replaced. null where one has no value
/// (yet), and for types without parameters.
///
/// definition: the task. references: as the routine reference_values gives them; null when its texts refer to nothing.
nlohmann::json resolved_values(const nlohmann::json& definition, const nlohmann::json& references);

}  // namespace stoker::api
