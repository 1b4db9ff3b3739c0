#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "api/wire/task.h"
#include "core/error.h"

namespace stoker::api {

/// A parsed and checked body of jobs/create or runs/submit. `job` lacks its two identities.
struct JobDefinition {
    db::NewJob job;
    std::string run_as;             // "" = the caller
    std::string idempotency_token;  // submit
    TaskReferences references;
    IgnoredNames ignored;
};

/// The reference's limits.
inline constexpr std::size_t kMaxName = 4096;
inline constexpr std::size_t kMaxDescription = 27'700;
inline constexpr std::size_t kMaxTags = 25;
inline constexpr std::size_t kMaxIdempotencyToken = 64;
inline constexpr std::size_t kTaskPage = 100;

/// Every refusal is an ApiError that names the field by its path. A body without `tasks` is the flat form of one task,
/// in any version; its settings are kept as sent, format SINGLE_TASK.
JobDefinition parse_job_settings(const nlohmann::json& body, ApiVersion version);
JobDefinition parse_submit(const nlohmann::json& body, ApiVersion version);

/// `settings` of jobs/get: as sent, with the defaults that are always told; flat settings become one task for versions
/// above 2.0.
nlohmann::json settings_json(const std::string& stored, const std::string& format, ApiVersion version);

/// The sentence of 2.0 and 2.1 for a job or run of more tasks than they can show.
ApiError too_many_tasks(std::size_t count);

/// Checks `idempotency_token` of a body that has one.
std::string parse_idempotency_token(const JsonReader& body);

}  // namespace stoker::api
