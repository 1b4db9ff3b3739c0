#include "api/wire/task_type.h"

#include <algorithm>
#include <array>

#include "api/schema/tasks.h"
#include "api/wire/git_source.h"
#include "api/wire/workspace_path.h"
#include "core/value_references.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

constexpr std::size_t kMaxBaseParameters = 1'000'000;

struct TypeReader {
    const JsonReader& type;  // the task type's own object
    const JobParts& parts;
    db::JobTask& result;
    TaskReferences& references;

    bool is_from_git(std::string_view field) const {
        return read_task_source(type, field, parts.has_git_source) == TaskSource::kGit;
    }

    /// A path that is relative in a Git checkout, else absolute in the workspace. Paths with references are known at
    /// the run.
    void read_path(std::string_view field) const {
        const std::string path = type.string(field);
        if (has_references(path)) return;
        if (is_from_git(field)) return check_repository_path(type, field);
        if (!is_workspace_path(path))
            type.refuse(field, "expected an absolute path in the workspace, got '" + path + "'.");
        result.source_path = canonical_path(path);
        references.files.push_back({type.path_of(field), result.source_path});
    }

    void read_notebook() const {
        read_path("notebook_path");
        if (const Json* parameters = type.raw("base_parameters");
            parameters && parameters->dump().size() > kMaxBaseParameters)
            type.refuse("base_parameters", "more than 1 MB of JSON.");
    }

    void read_spark_python() const {
        const std::string file = type.string("python_file");
        if (is_from_git("python_file")) return read_path("python_file");
        for (std::string_view scheme : {"s3:", "s3a:", "abfss:", "gs:", "adl:", "http:", "https:"})
            if (file.starts_with(scheme))
                type.refuse("python_file",
                            std::string(scheme) + " is not available; send a path of DBFS or of the workspace.");
        if (file.starts_with("dbfs:") || file.starts_with("/dbfs/") || file.starts_with("file:") ||
            file.starts_with("/Volumes/"))
            return;
        read_path("python_file");
    }

    void read_wheel() const {
        if (!is_blank(type.raw("parameters")) && !is_blank(type.raw("named_parameters")))
            type.refuse("named_parameters", "cannot be combined with parameters.");
    }

    void read_jar() const { static_cast<void>(type.string("main_class_name")); }

    void read_sql() const {
        const TypeReader file{type.object("file"), parts, result, references};
        file.read_path("path");
    }

    void read_dbt() const {
        const auto commands = type.strings("commands");
        for (std::size_t i = 0; i < commands.size(); ++i)
            if (commands[i] != "dbt" && !commands[i].starts_with("dbt "))
                type.refuse("commands[" + std::to_string(i) + "]", "expected a command that begins with 'dbt'.");
        const std::string project = type.optional_string("project_directory").value_or("");
        const bool from_git = is_from_git("project_directory");
        if (has_references(project) || (from_git && project.empty())) return;
        if (from_git) return check_repository_path(type, "project_directory");
        if (project.empty()) type.refuse("project_directory", "the field is required unless the source is GIT.");
        if (!is_workspace_path(project))
            type.refuse("project_directory", "expected an absolute path in the workspace, got '" + project + "'.");
        references.files.push_back({type.path_of("project_directory"), canonical_path(project)});
    }

    void read_run_job() const {
        references.jobs.push_back({type.path_of("job_id"), JobId{type.integer("job_id")}});
        if (is_blank(type.raw("job_parameters"))) return;
        for (std::string_view field : {"notebook_params", "jar_params", "python_params", "python_named_params",
                                       "spark_submit_params", "sql_params", "dbt_commands"})
            if (!is_blank(type.raw(field)))
                type.refuse("job_parameters", "cannot be combined with " + std::string(field) + ".");
    }

    void read_nothing() const {}
};

struct Row {
    TaskType type;
    void (TypeReader::*read)() const;
};
constexpr std::array kRows{
    Row{{"notebook_task", Compute::kClusterOrNothing}, &TypeReader::read_notebook},
    Row{{"spark_python_task", Compute::kClusterOrEnvironment}, &TypeReader::read_spark_python},
    Row{{"python_wheel_task", Compute::kClusterOrEnvironment}, &TypeReader::read_wheel},
    Row{{"spark_jar_task", Compute::kCluster}, &TypeReader::read_jar},
    Row{{"spark_submit_task", Compute::kNewCluster}, &TypeReader::read_nothing},
    Row{{"shell_command_task", Compute::kCluster}, &TypeReader::read_nothing},
    Row{{"sql_task", Compute::kCluster}, &TypeReader::read_sql},
    Row{{"dbt_task", Compute::kClusterOrNothing}, &TypeReader::read_dbt},
    Row{{"run_job_task", Compute::kNone}, &TypeReader::read_run_job},
    Row{{"condition_task", Compute::kNone}, &TypeReader::read_nothing},
    Row{{"for_each_task", Compute::kNone}, &TypeReader::read_nothing},
};

/// A type that is refused by name is refused so when it is sent empty, too.
[[noreturn]] void refuse_type(const JsonReader& task) {
    for (std::string_view type : schema::task_types())
        if (task.has(type)) task.refuse(type, "this task type is not available.");
    task.refuse("notebook_task", "the field is required: a task needs a task type.");
}
}  // namespace

TaskType read_task_type(const JsonReader& task, const JobParts& parts, db::JobTask& result,
                        TaskReferences& references) {
    const Row* found = nullptr;
    for (const Row& row : kRows) {
        if (!task.has(row.type.field)) continue;
        if (found)
            task.refuse(row.type.field, "a task has one type; " + std::string(found->type.field) + " is sent too.");
        found = &row;
    }
    if (!found) refuse_type(task);
    result.task_type = found->type.field;
    const JsonReader type = task.object(found->type.field);
    const TypeReader reader{type, parts, result, references};
    (reader.*found->read)();
    return found->type;
}

}  // namespace stoker::api
