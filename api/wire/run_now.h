#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/schema/check.h"
#include "core/ids.h"

namespace stoker::api {

/// The parameters of run-now and repair.
struct ParameterSets {
    nlohmann::json overriding_parameters = nlohmann::json::object();  // the legacy sets, as sent; empty ones are unset
    std::vector<std::pair<std::string, std::string>> job_parameters;

    bool empty() const { return overriding_parameters.empty() && job_parameters.empty(); }
};
/// Of a body whose schema has been checked. Throws ApiError for mixes that the reference refuses.
ParameterSets parse_parameter_sets(const JsonReader& body);

/// A parsed body of run-now.
struct RunNowRequest {
    JobId job_id;
    std::string idempotency_token;
    std::optional<bool> queue_enabled;
    std::vector<std::string> only;
    ParameterSets parameters;
    IgnoredNames ignored;
};
RunNowRequest parse_run_now(const nlohmann::json& body);

/// The task keys that `only` means, `+` forms resolved along the graph of the job's settings. Throws ApiError for a
/// task that the job does not have.
std::vector<std::string> chosen_tasks(const std::vector<std::string>& only, const nlohmann::json& settings);

}  // namespace stoker::api
