#include "workers/task_source.h"

#include <array>

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

/// Which field of a task type is its path; `source` stands beside it.
struct SourcedType {
    Json::json_pointer type;
    const char* path;
};

std::string text(const Json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// No path of the workspace, and no address such as dbfs:/x.
bool is_relative(const std::string& path) {
    return !path.starts_with('/') && path.substr(0, path.find('/')).find(':') == std::string::npos;
}

}  // namespace

bool is_in_repository(const Json& task, const std::string& git_source) {
    static const std::array kTypes{SourcedType{Json::json_pointer("/notebook_task"), "notebook_path"},
                                   SourcedType{Json::json_pointer("/spark_python_task"), "python_file"},
                                   SourcedType{Json::json_pointer("/sql_task/file"), "path"},
                                   SourcedType{Json::json_pointer("/dbt_task"), "project_directory"}};
    for (const SourcedType& one : kTypes) {
        if (!task.contains(one.type)) continue;
        const Json& type = task.at(one.type);
        const std::string source = text(type, "source");
        if (!source.empty()) return source == "GIT";
        return !git_source.empty() && is_relative(text(type, one.path));
    }
    return false;
}

}  // namespace stoker::workers
