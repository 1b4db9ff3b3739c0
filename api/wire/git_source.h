#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "clusters/git_source.h"
#include "core/json_reader.h"

namespace stoker::api {

/// `git_source` of a job's settings or of a submitted run, after check() of them; nullopt when there is none. Throws
/// ApiError that names the field.
std::optional<clusters::GitSource> read_git_source(const JsonReader& settings);

enum class TaskSource { kWorkspace, kGit };
/// `source` of a task type (or of the file of a sql_task), whose file `path_field` names. Without one it is GIT when
/// the job has a git_source; a python_file must be relative for that, since it may be an address too. Throws ApiError.
TaskSource read_task_source(const JsonReader& type, std::string_view path_field, bool has_git_source);

/// Refuses the path of a task whose source is GIT unless it is relative to the repository and inside it.
void check_repository_path(const JsonReader& type, std::string_view path_field);

/// `git_source` as a run shows it: as sent, with the commit that the run has pinned ("" = none yet).
nlohmann::json git_source_json(nlohmann::json git_source, const std::string& git_commit);

}  // namespace stoker::api
