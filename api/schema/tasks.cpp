#include "api/schema/tasks.h"

#include <array>

#include "api/schema/common.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kRunIf[] = {"ALL_SUCCESS", "AT_LEAST_ONE_SUCCESS", "NONE_FAILED",
                                       "ALL_DONE",    "AT_LEAST_ONE_FAILED",  "ALL_FAILED"};
constexpr std::string_view kOutcomes[] = {"true", "false"};
constexpr std::string_view kOperators[] = {"EQUAL_TO",  "NOT_EQUAL",         "GREATER_THAN", "GREATER_THAN_OR_EQUAL",
                                           "LESS_THAN", "LESS_THAN_OR_EQUAL"};

constexpr Field kDependencyFields[] = {text("task_key").required(),
                                       text("outcome").one_of(kOutcomes).noted("only of a condition task")};
constexpr Schema kDependency{"TaskDependency", kDependencyFields};

constexpr Field kNotebookFields[] = {
    text("notebook_path").required(),
    text_map("base_parameters"),
    text("source").one_of(kSources),
    text("warehouse_id")
        .refused("notebooks run on clusters; send existing_cluster_id, new_cluster or job_cluster_key."),
};
constexpr Schema kNotebook{"NotebookTask", kNotebookFields};

constexpr Field kSparkPythonFields[] = {text("python_file").required(), texts("parameters"),
                                        text("source").one_of(kSources)};
constexpr Schema kSparkPython{"SparkPythonTask", kSparkPythonFields};

constexpr Field kWheelFields[] = {text("package_name").required().at_most(100),
                                  text("entry_point").required().at_most(100), texts("parameters"),
                                  text_map("named_parameters")};
constexpr Schema kWheel{"PythonWheelTask", kWheelFields};

constexpr Field kJarFields[] = {
    text("main_class_name").required(),
    texts("parameters"),
    text("jar_uri").refused("name the JAR in libraries."),
    boolean("run_as_repl").echoed("each JAR runs in a JVM of its own."),
};
constexpr Schema kJar{"SparkJarTask", kJarFields};

constexpr Field kSparkSubmitFields[] = {texts("parameters").required()};
constexpr Schema kSparkSubmit{"SparkSubmitTask", kSparkSubmitFields};

constexpr Field kShellFields[] = {texts("command").required(), text_map("env_vars")};
constexpr Schema kShell{"ShellCommandTask", kShellFields};

constexpr Field kSqlFileFields[] = {text("path").required(), text("source").one_of(kSources)};
constexpr Schema kSqlFile{"SqlTaskFile", kSqlFileFields};
constexpr Field kSqlFields[] = {
    text("warehouse_id").noted("the id of a cluster, which runs the statements; another compute of the task wins"),
    object("file", &kSqlFile).required(),
    text_map("parameters"),
    object("query").refused("saved queries are not available; send file."),
    object("dashboard").refused("dashboards are not available; send file."),
    object("alert").refused("alerts are not available; send file."),
};
constexpr Schema kSql{"SqlTask", kSqlFields};

constexpr Field kDbtFields[] = {
    texts("commands").required().at_most(10),
    text("project_directory"),
    text("profiles_directory"),
    text("catalog"),
    text("schema"),
    text("warehouse_id").noted("the id of a cluster, which runs dbt when the task names no other"),
    text("source").one_of(kSources),
};
constexpr Schema kDbt{"DbtTask", kDbtFields};

constexpr Field kRunJobFields[] = {
    integer("job_id").required(), text_map("job_parameters"),
    text_map("notebook_params"),  texts("jar_params"),
    texts("python_params"),       text_map("python_named_params"),
    texts("spark_submit_params"), text_map("sql_params"),
    texts("dbt_commands"),        object("pipeline_params").refused("pipelines are not available."),
};
constexpr Schema kRunJob{"RunJobTask", kRunJobFields};

constexpr Field kConditionFields[] = {text("op").required().one_of(kOperators), text("left").required().may_be_empty(),
                                      text("right").required().may_be_empty(),
                                      text("outcome").echoed("it is what a run answers.")};
constexpr Schema kCondition{"ConditionTask", kConditionFields};

constexpr Field kForEachFields[] = {text("inputs").required(), object("task", &kTask).required(),
                                    integer("concurrency").between(1, 100),
                                    object("stats").echoed("it is what a run answers.")};
constexpr Schema kForEach{"ForEachTask", kForEachFields};

constexpr std::string_view kNotHere = "this task type is not available.";
constexpr std::array kTypes{
    object("notebook_task", &kNotebook),
    object("spark_python_task", &kSparkPython),
    object("python_wheel_task", &kWheel),
    object("spark_jar_task", &kJar),
    object("spark_submit_task", &kSparkSubmit),
    object("shell_command_task", &kShell),
    object("sql_task", &kSql),
    object("dbt_task", &kDbt),
    object("run_job_task", &kRunJob),
    object("condition_task", &kCondition),
    object("for_each_task", &kForEach),
    object("pipeline_task").refused(kNotHere),
    object("dashboard_task").refused(kNotHere),
    object("power_bi_task").refused(kNotHere),
    object("alert_task").refused(kNotHere),
    object("clean_rooms_notebook_task").refused(kNotHere),
    object("gen_ai_compute_task").refused(kNotHere),
    object("ai_runtime_task").refused(kNotHere),
    object("dbt_cloud_task").refused(kNotHere),
    object("dbt_platform_task").refused(kNotHere),
    object("python_operator_task").refused(kNotHere),
};

constexpr std::array kOwn{
    text("task_key").required().noted("up to 100 letters, digits, '_' and '-'"),
    text("description"),
    objects("depends_on", &kDependency),
    text("run_if").one_of(kRunIf),
    boolean("disabled"),
    text("job_cluster_key"),
    text("environment_key"),
    integer("timeout_seconds").at_least(0),
    object("email_notifications", &kEmailNotifications),
    object("webhook_notifications", &kWebhookNotifications),
    object("notification_settings", &kTaskNotificationSettings),
    object("health", &kHealth),
    boolean("disable_auto_optimization").echoed("nothing is optimized behind the task's back."),
    text("environment_variables_key")
        .refused("environment_variables are not available; use spark_env_vars of the cluster."),
    object("compute").refused("accelerators of serverless compute are not available; send a cluster."),
};
/// These stand at the root of flat settings, with the task types.
constexpr std::array kFlat{
    text("existing_cluster_id"),
    object("new_cluster", &kNewCluster),
    objects("libraries", &kLibrary),
    integer("max_retries").at_least(-1),
    integer("min_retry_interval_millis").at_least(0),
    boolean("retry_on_timeout"),
};

constexpr auto kTypeNames = [] {
    std::array<std::string_view, kTypes.size()> names{};
    for (std::size_t i = 0; i < kTypes.size(); ++i) names[i] = kTypes[i].name;
    return names;
}();
}  // namespace

constexpr Schema kTaskType{"TaskType", kTypes};
constexpr Schema kFlatTask{"FlatTask", kFlat, &kTaskType};
constexpr Schema kTask{"Task", kOwn, &kFlatTask};

Values task_types() {
    return kTypeNames;
}

}  // namespace stoker::api::schema
