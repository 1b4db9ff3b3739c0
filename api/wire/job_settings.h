#pragma once
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "api/wire/page.h"
#include "api/wire/task.h"
#include "core/error.h"
#include "db/permission_store.h"
#include "db/trigger_store.h"

namespace stoker::api {

/// A parsed and checked body of jobs/create or runs/submit. `job` lacks its two identities.
struct JobDefinition {
    db::NewJob job;
    std::string run_as;             // "" = the caller
    std::string idempotency_token;  // submit
    std::optional<db::NewTrigger> trigger;
    std::vector<db::Permission> permissions;  // access_control_list
    TaskReferences references;
    IgnoredNames ignored;
};

/// Every refusal is an ApiError that names the field by its path, below `path` ("new_settings"). A body without `tasks`
/// is the flat form of one task, in any version; its settings are kept as sent, format SINGLE_TASK. `now`: of the first
/// fire of a trigger.
JobDefinition parse_job_settings(const nlohmann::json& body, const clusters::DefinitionRules& rules, ApiVersion version,
                                 EpochMillis now, const std::string& path = "");
JobDefinition parse_submit(const nlohmann::json& body, const clusters::DefinitionRules& rules, ApiVersion version);

/// Flat settings as those of a job with one task; others as they are.
nlohmann::json with_tasks(nlohmann::json settings);

/// jobs/update: `stored` settings (as jobs/get of 2.2 has them, defaults apart) with those of `new_settings` in place
/// of the stored ones, and without `fields_to_remove`. Arrays whose items have a key keep those that are not named.
nlohmann::json changed_settings(nlohmann::json stored, const nlohmann::json& new_settings,
                                const std::vector<std::string>& fields_to_remove);

/// `settings` of jobs/get: as sent, with the defaults that are always told; flat settings become one task for versions
/// above 2.0.
nlohmann::json settings_json(const std::string& stored, const std::string& format, ApiVersion version);

/// The sentence of 2.0 and 2.1 for a job or run of more tasks than they can show.
ApiError too_many_tasks(std::size_t count);

}  // namespace stoker::api
