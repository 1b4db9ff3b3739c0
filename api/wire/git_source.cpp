#include "api/wire/git_source.h"

#include "api/schema/check.h"

namespace stoker::api {
namespace {
constexpr std::size_t kMaxPath = 4096;

/// No path of the workspace, and no address such as dbfs:/x.
bool is_relative(const std::string& path) {
    return !path.starts_with('/') && path.substr(0, path.find('/')).find(':') == std::string::npos;
}

bool climbs(const std::string& path) {
    return ("/" + path + "/").find("/../") != std::string::npos;
}
}  // namespace

std::optional<clusters::GitSource> read_git_source(const JsonReader& settings) {
    if (is_blank(settings.raw("git_source"))) return std::nullopt;
    return clusters::parse_git_source(settings.object("git_source"));
}

TaskSource read_task_source(const JsonReader& type, std::string_view path_field, bool has_git_source) {
    const std::string source = type.optional_string("source").value_or("");
    if (source == "GIT" && !has_git_source) type.refuse("source", "GIT needs the git_source of the job.");
    if (!source.empty()) return source == "GIT" ? TaskSource::kGit : TaskSource::kWorkspace;
    const bool may_be_elsewhere = path_field == "python_file";
    const std::string path = type.optional_string(path_field).value_or("");
    return has_git_source && (!may_be_elsewhere || is_relative(path)) ? TaskSource::kGit : TaskSource::kWorkspace;
}

void check_repository_path(const JsonReader& type, std::string_view path_field) {
    const std::string path = type.string(path_field);
    if (!is_relative(path) || climbs(path) || path.size() > kMaxPath)
        type.refuse(path_field,
                    "expected a path relative to the root of the Git repository, got '" + path.substr(0, 200) + "'.");
}

nlohmann::json git_source_json(nlohmann::json git_source, const std::string& git_commit) {
    git_source.erase("git_snapshot");
    if (!git_commit.empty()) git_source["git_snapshot"] = {{"used_commit", git_commit}};
    return git_source;
}

}  // namespace stoker::api
