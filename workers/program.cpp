#include "workers/program.h"

#include <array>

#include "db/text.h"
#include "workers/parameters.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

std::string text(const Json& object, const char* name) {
    return text_of(member(object, name));
}

const Json& of_run(const TaskInputs& inputs, const char* name) {
    return member(inputs.overriding_parameters, name);
}

Json spark_python(const Json& task, const TaskInputs& inputs) {
    return {{"path", text(task, "python_file")},
            {"parameters", replaced_parameters(member(task, "parameters"), of_run(inputs, "python_params"))}};
}

/// Named parameters when the task has such, or only the run has any.
Json python_wheel(const Json& task, const TaskInputs& inputs) {
    const Json& named = member(task, "named_parameters");
    const Json& named_by_run = of_run(inputs, "python_named_params");
    const Json& in_a_row = member(task, "parameters");
    std::vector<std::string> arguments;
    if (in_a_row.empty() && (named.is_object() || !named_by_run.empty())) {
        for (const auto& [name, value] : merged_parameters(named, named_by_run, inputs))
            arguments.push_back(std::string("--").append(name).append("=").append(value));
    } else {
        arguments = replaced_parameters(in_a_row, of_run(inputs, "python_params"));
    }
    return {{"package_name", text(task, "package_name")},
            {"entry_point", text(task, "entry_point")},
            {"parameters", std::move(arguments)}};
}

Json spark_jar(const Json& task, const TaskInputs& inputs) {
    if (!text(task, "jar_uri").empty())
        throw RunRefused(wrong_configuration("spark_jar_task.jar_uri is not supported: add the jar to the libraries."));
    return {{"main_class_name", text(task, "main_class_name")},
            {"parameters", replaced_parameters(member(task, "parameters"), of_run(inputs, "jar_params"))}};
}

Json spark_submit(const Json& task, const TaskInputs& inputs) {
    return {{"parameters", replaced_parameters(member(task, "parameters"), of_run(inputs, "spark_submit_params"))}};
}

Json shell_command(const Json& task, const TaskInputs&) {
    const auto command = replaced_parameters(member(task, "command"), Json());
    if (command.empty()) throw RunRefused(wrong_configuration("shell_command_task.command is empty."));
    return {{"command", command}, {"env_vars", texts_by_name(member(task, "env_vars"))}};
}

Json sql(const Json& task, const TaskInputs& inputs) {
    if (member(task, "file").is_null())
        throw RunRefused(wrong_configuration("sql_task needs a file: queries, dashboards and alerts are not here."));
    return {{"path", text(member(task, "file"), "path")},
            {"warehouse_id", text(task, "warehouse_id")},
            {"parameters", merged_parameters(member(task, "parameters"), of_run(inputs, "sql_params"), inputs)}};
}

Json dbt(const Json& task, const TaskInputs& inputs) {
    Json program = {{"commands", replaced_parameters(member(task, "commands"), of_run(inputs, "dbt_commands"))}};
    for (const char* name : {"project_directory", "profiles_directory", "catalog", "schema", "warehouse_id"})
        program[name] = text(task, name);
    return program;
}

struct Kind {
    const char* task_type;
    const char* name;
    Json (*describe)(const Json& task, const TaskInputs& inputs);
};
constexpr std::array kKinds{
    Kind{"spark_python_task", "spark_python", spark_python},
    Kind{"python_wheel_task", "python_wheel", python_wheel},
    Kind{"spark_jar_task", "spark_jar", spark_jar},
    Kind{"spark_submit_task", "spark_submit", spark_submit},
    Kind{"shell_command_task", "shell_command", shell_command},
    Kind{"sql_task", "sql", sql},
    Kind{"dbt_task", "dbt", dbt},
};

}  // namespace

std::optional<Json> program_of(const TaskInputs& inputs) {
    for (const Kind& kind : kKinds) {
        const Json& task = member(inputs.task, kind.task_type);
        if (task.is_null()) continue;
        Json program = kind.describe(task, inputs);
        program["kind"] = kind.name;
        return program;
    }
    return std::nullopt;
}

void add_content(Json& program, const db::ClaimedTaskRun& claim) {
    if (claim.source_path.empty()) return;
    if (!claim.source_content) throw RunRefused(file_not_found(claim.source_path));
    // The server makes source of other notebooks, and frames hold no text but UTF-8.
    const bool is_source = claim.source_object_type == "FILE" || claim.source_format == "SOURCE";
    if (is_source && db::storable(std::string_view(*claim.source_content)) == *claim.source_content)
        program["content"] = *claim.source_content;
}

bool runs_own_jvm(const Json& program) {
    const std::string kind = program.at("kind");
    return kind == "spark_jar" || kind == "spark_submit";
}

std::string name_of_program(const Json& program) {
    std::string name = program.at("kind");
    for (const char* field : {"path", "package_name", "entry_point", "main_class_name", "project_directory"}) {
        if (const std::string value = text(program, field); !value.empty()) name += ":" + value;
    }
    return name;
}

Usage usage_of_program(const Json& program) {
    const std::string kind = program.at("kind");
    if (kind == "spark_python") return usage_in_source(text(program, "content"));
    Usage usage;
    usage.spark = kind == "sql";
    if (usage.spark) add_with_parents(usage.modules, "pyspark.sql");
    return usage;
}

}  // namespace stoker::workers
