#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/wire/task.h"
#include "core/ids.h"

namespace stoker::api {

/// A parsed body of run-now.
struct RunNowRequest {
    JobId job_id;
    std::string idempotency_token;
    std::optional<bool> queue_enabled;
    std::vector<std::string> only;
    nlohmann::json overriding_parameters = nlohmann::json::object();  // the legacy sets, as sent; empty ones are unset
    std::vector<std::pair<std::string, std::string>> job_parameters;
    IgnoredNames ignored;
};
RunNowRequest parse_run_now(const nlohmann::json& body);

/// Checks `only` against the job's tasks.
void check_only(const RunNowRequest& request, const nlohmann::json& settings);

}  // namespace stoker::api
