#include "api/schema/tasks.h"
#include "tests/api/job_body.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

TEST(JobSettings, EveryRefusalOfTheJobNamesItsField) {
    Json tags = Json::object();
    for (int i = 0; i < 26; ++i) tags["t" + std::to_string(i)] = "x";
    const Row rows[] = {
        {"/name", 5, "name: expected a string"},
        {"/name", std::string(4097, 'x'), "name: is longer"},
        {"/description", std::string(27701, 'x'), "description: is longer"},
        {"/tags", tags, "tags: more than 25"},
        {"/tags", {{"stoker.isolation", "none"}}, "tags.stoker.isolation: expected 'process' or 'shared', got 'none'."},
        {"/tags", {{"stoker.isolaton", "x"}}, "tags.stoker.isolaton: unknown option"},
        {"/tags", {{"stoker.priority", "high"}}, "tags.stoker.priority: expected a number"},
        {"/max_concurrent_runs", 1001, "max_concurrent_runs: expected a number from 0 to 1000"},
        {"/max_concurrent_runs", "three", "max_concurrent_runs: expected an integer"},
        {"/timeout_seconds", -1, "timeout_seconds: "},
        {"/format", "BOTH", "format: expected SINGLE_TASK or MULTI_TASK"},
        {"/email_notifications", "me", "email_notifications: expected an object"},
        {"/email_notifications",
         {{"on_streaming_backlog_exceeded", {"me@x.org"}}},
         "email_notifications.on_streaming_backlog_exceeded: "},
        {"/webhook_notifications", {{"on_start", {Json::object()}}}, "webhook_notifications.on_start[0].id: "},
        {"/webhook_notifications",
         {{"on_failure", {{{"id", "1"}}, {{"id", "2"}}, {{"id", "3"}}, {{"id", "4"}}}}},
         "webhook_notifications.on_failure: more than 3"},
        {"/health",
         {{"rules", {{{"metric", "ROWS"}, {"op", "GREATER_THAN"}, {"value", 1}}}}},
         "health.rules[0].metric: "},
        {"/health",
         {{"rules", {{{"metric", "RUN_DURATION_SECONDS"}, {"op", "GREATER_THAN"}, {"value", 0}}}}},
         "health.rules[0].value: "},
        {"/queue", {{"enabled", "perhaps"}}, "queue.enabled: "},
        {"/queue", {{"enabled", nullptr}}, "queue.enabled: "},
        {"/run_as", {{"group_name", "g"}}, "run_as.group_name: "},
        {"/run_as", {{"user_name", "u"}, {"service_principal_name", "s"}}, "run_as.user_name: only one"},
        {"/parameters", {{{"name", "a b"}, {"default", ""}}}, "parameters[0].name: "},
        {"/parameters", {{{"name", "a"}}}, "parameters[0].default: "},
        {"/parameters",
         {{{"name", "a"}, {"default", ""}}, {{"name", "a"}, {"default", ""}}},
         "parameters[1].name: 'a' is used twice."},
        {"/job_clusters", {{{"job_cluster_key", "k"}}}, "job_clusters[0].new_cluster: the field is required"},
        {"/environments",
         {{{"environment_key", "e"}}, {{"environment_key", "e"}}},
         "environments[1].environment_key: "},
        {"/environments",
         {{{"environment_key", "e"}, {"spec", {{"dependencies", {"--index-url x"}}}}}},
         "environments[0].spec.dependencies[0]: expected a package"},
        {"/environments",
         {{{"environment_key", "e"}, {"spec", {{"base_environment", "x"}}}}},
         "environments[0].spec.base_environment: "},
        {"/git_source", {{"git_provider", "gitHub"}}, "git_source.git_url: the field is required"},
        {"/git_source", {{"git_url", std::string(301, 'x')}}, "git_source.git_url: is longer"},
        {"/access_control_list", {{{"user_name", "x"}}}, "access_control_list[0].permission_level: "},
        {"/access_control_list", {{{"permission_level", "CAN_VIEW"}}}, "access_control_list[0].user_name: "},
        {"/access_control_list",
         {{{"user_name", "x"}, {"group_name", "users"}, {"permission_level", "CAN_VIEW"}}},
         "access_control_list[0].group_name: only one"},
        {"/access_control_list",
         {{{"user_name", "x"}, {"permission_level", "CAN_FLY"}}},
         "access_control_list[0].permission_level: expected "},
        {"/access_control_list",
         {{{"group_name", "users"}, {"permission_level", "IS_OWNER"}}},
         "access_control_list[0].permission_level: a group cannot be"},
        {"/triggers", {{{"x", 1}}}, "triggers: "},
        {"/tasks", Json::array(), "tasks: the field is required"},
        {"/tasks", "a", "tasks: expected an array"},
        {"/tasks/1", "a", "tasks[1]: expected an object"},
        {"/notebook_task", nullptr, ""},
        {"/notebook_task", {{"notebook_path", "/x"}}, "notebook_task: belongs into tasks[]"},
        {"/max_retries", 2, "max_retries: belongs into tasks[]"},
    };
    expect_rows(job(), rows);
}

TEST(JobSettings, EveryRefusalOfATaskNamesItsField) {
    const Row rows[] = {
        {"/tasks/1/task_key", "a", "tasks[1].task_key: 'a' is used twice."},
        {"/tasks/1/task_key", "a b", "tasks[1].task_key: expected"},
        {"/tasks/1/task_key", std::string(101, 'k'), "tasks[1].task_key: expected"},
        {"/tasks/1/depends_on", {{{"task_key", "z"}}}, "tasks[1].depends_on[0].task_key: 'z' is not a task"},
        {"/tasks/1/depends_on", {{{"task_key", "b"}}}, "tasks[1].depends_on: the task 'b' waits for itself"},
        {"/tasks/1/depends_on",
         {{{"task_key", "a"}}, {{"task_key", "a"}}},
         "tasks[1].depends_on[1].task_key: 'a' is named twice."},
        {"/tasks/1/depends_on",
         {{{"task_key", "a"}, {"outcome", "true"}}},
         "tasks[1].depends_on[0].outcome: 'a' is no condition_task"},
        {"/tasks/1/depends_on",
         {{{"task_key", "a"}, {"outcome", "maybe"}}},
         "tasks[1].depends_on[0].outcome: expected"},
        {"/tasks/1/run_if", "ALL_DONE", ""},
        {"/tasks/1/run_if", "SOMETIMES", "tasks[1].run_if: expected ALL_SUCCESS"},
        {"/tasks/1/existing_cluster_id", nullptr, ""},  // serverless
        {"/tasks/1/job_cluster_key", "k", "tasks[1].existing_cluster_id: only one of"},
        {"/tasks/1/new_cluster", {{"spark_version", "15.4.x-scala2.12"}}, "tasks[1].new_cluster: only one of"},
        {"/tasks/1",
         {{"task_key", "b"},
          {"notebook_task", {{"notebook_path", "/Shared/n"}}},
          {"new_cluster", {{"spark_version", ""}}}},
         "tasks[1].new_cluster.spark_version: the field is required"},
        {"/tasks/1/new_cluster",
         {{"spark_version", "15.4.x-scala2.12"}, {"docker_image", {{"url", "busybox"}}}},
         "tasks[1].new_cluster.docker_image: "},
        {"/tasks/1/environment_key", "e", "tasks[1].environment_key: a task on a cluster"},
        {"/tasks/1/max_retries", -2, "tasks[1].max_retries: "},
        {"/tasks/1/min_retry_interval_millis", -1, "tasks[1].min_retry_interval_millis: "},
        {"/tasks/1/timeout_seconds", -1, "tasks[1].timeout_seconds: "},
        {"/tasks/1/disabled", "perhaps", "tasks[1].disabled: "},
        {"/tasks/1/libraries", {{{"pypi", Json::object()}}}, "tasks[1].libraries[0].pypi.package"},
        {"/tasks/1/libraries", {{{"cran", {{"package", "x"}}}}}, "tasks[1].libraries[0].cran: "},
        {"/tasks/1/compute", {{"hardware_accelerator", "GPU"}}, "tasks[1].compute: "},
        {"/tasks/1/health", {{"rules", "none"}}, "tasks[1].health.rules: expected an array"},
        {"/tasks/1/condition_task", {{"op", "EQUAL_TO"}}, "tasks[1].condition_task.left: the field is required"},
        {"/tasks/1/notebook_task/notebook_path", "relative",
         "tasks[1].notebook_task.notebook_path: expected an absolute path"},
        {"/tasks/1/notebook_task/notebook_path", nullptr,
         "tasks[1].notebook_task.notebook_path: the field is required"},
        {"/tasks/1/notebook_task/notebook_path", "/x/{{job.parameters.day}}", ""},
        {"/tasks/1/notebook_task/notebook_path", "/x/{{job.parametres.day}}",
         "tasks[1].notebook_task.notebook_path: {{job.parametres.day}} is no value reference."},
        {"/tasks/1/notebook_task/source", "GIT", "tasks[1].notebook_task.source: GIT needs the git_source"},
        {"/tasks/1/notebook_task/warehouse_id", "w", "tasks[1].notebook_task.warehouse_id: "},
        {"/tasks/1/notebook_task/base_parameters", {{"k", {1}}}, "tasks[1].notebook_task.base_parameters: 'k'"},
        {"/tasks/1/notebook_task/base_parameters",
         {{"k", "{{tasks.z.values.x}}"}},
         "tasks[1].notebook_task: {{tasks.z"},
    };
    expect_rows(job(), rows);
}

/// A job whose second task is of the type.
Json job_with(const char* type, const Json& definition) {
    Json body = job();
    Json& changed = body["tasks"][1];
    changed.erase("notebook_task");
    if (type == std::string_view("for_each_task")) changed.erase("existing_cluster_id");
    changed[type] = definition;
    return body;
}

TEST(JobSettings, EveryRefusalOfATaskTypeNamesItsField) {
    struct TypeRow {
        const char* type;
        Json definition;
        const char* begins;
    };
    const Json nested = task("n");
    Json depending = nested,
         condition{{"task_key", "n"}, {"condition_task", {{"op", "EQUAL_TO"}, {"left", ""}, {"right", ""}}}};
    depending["depends_on"] = {{{"task_key", "a"}}};
    const TypeRow rows[] = {
        {"spark_python_task", Json::object(), "python_file: the field is required"},
        {"spark_python_task", {{"python_file", "s3://x/y.py"}}, "python_file: s3: is not available"},
        {"spark_python_task", {{"python_file", "y.py"}}, "python_file: expected an absolute path"},
        {"spark_python_task", {{"python_file", "dbfs:/y.py"}, {"parameters", "a"}}, "parameters: expected an array"},
        {"spark_python_task", {{"python_file", "dbfs:/y.py"}}, nullptr},
        {"python_wheel_task", {{"entry_point", "main"}}, "package_name: the field is required"},
        {"python_wheel_task", {{"package_name", "p"}}, "entry_point: the field is required"},
        {"python_wheel_task",
         {{"package_name", "p"}, {"entry_point", "e"}, {"parameters", {"x"}}, {"named_parameters", {{"a", "b"}}}},
         "named_parameters: cannot be combined"},
        {"spark_jar_task", Json::object(), "main_class_name: the field is required"},
        {"spark_jar_task", {{"main_class_name", "m"}, {"jar_uri", "dbfs:/j"}}, "jar_uri: "},
        {"spark_submit_task", Json::object(), "parameters: the field is required"},
        {"shell_command_task", Json::object(), "command: the field is required"},
        {"sql_task", Json::object(), "file: the field is required"},
        {"sql_task", {{"file", Json::object()}}, "file.path: the field is required"},
        {"sql_task", {{"file", {{"path", "q.sql"}}}}, "file.path: expected an absolute path"},
        {"sql_task", {{"file", {{"path", "/q"}}}, {"query", {{"query_id", "x"}}}}, "query: "},
        {"dbt_task", Json::object(), "commands: the field is required"},
        {"dbt_task", {{"commands", {"rm"}}, {"project_directory", "/p"}}, "commands[0]: expected"},
        {"dbt_task", {{"commands", {"dbt run"}}}, "project_directory: the field is required"},
        {"run_job_task", Json::object(), "job_id: the field is required"},
        {"condition_task", {{"op", "IS"}, {"left", ""}, {"right", ""}}, "op: expected EQUAL_TO"},
        {"for_each_task", {{"task", nested}}, "inputs: the field is required"},
        {"for_each_task", {{"inputs", "[]"}}, "task: the field is required"},
        {"for_each_task", {{"inputs", "[]"}, {"task", nested}, {"concurrency", 101}}, "concurrency: expected"},
        {"for_each_task", {{"inputs", "[]"}, {"task", depending}}, "task.depends_on: "},
        {"for_each_task", {{"inputs", "[]"}, {"task", condition}}, "task.condition_task: cannot be repeated"},
        {"for_each_task", {{"inputs", "[]"}, {"task", Json::object()}}, "task.task_key: the field is required"},
        {"for_each_task",
         {{"inputs", "[]"}, {"task", {{"task_key", "n"}, {"alert_task", Json::object()}}}},
         "task.alert_task: this task type is not available"},
    };
    for (const TypeRow& row : rows) {
        const std::string found = refusal(job_with(row.type, row.definition), "/name", "j");
        const std::string expected = row.begins ? "tasks[1]." + std::string(row.type) + "." + row.begins : "";
        EXPECT_TRUE(found.starts_with(expected) && (found.empty() == expected.empty()))
            << row.type << " = " << row.definition << "\n  " << found;
    }
    for (std::string_view type : schema::task_types()) {
        EXPECT_TRUE(refusal(job(), "/tasks/0/" + std::string(type), "x").starts_with("tasks[0]." + std::string(type)))
            << type;
    }
    Json empty = job();
    empty["tasks"][0].erase("notebook_task");
    EXPECT_EQ(refusal(empty, "/tasks/0/power_bi_task", Json::object()),
              "tasks[0].power_bi_task: this task type is not available.");
}

TEST(JobSettings, TasksOfTheSchedulerNeedNoCluster) {
    for (const char* type : {"condition_task", "for_each_task", "run_job_task"}) {
        Json definition{{"op", "EQUAL_TO"}, {"left", "1"}, {"right", "1"}};
        if (type == std::string_view("for_each_task")) definition = {{"inputs", "[1]"}, {"task", task("n")}};
        if (type == std::string_view("run_job_task")) definition = {{"job_id", 1}};
        Json body = job_with(type, definition);
        body["tasks"][1]["existing_cluster_id"] = "c";
        EXPECT_TRUE(refusal(body, "/name", "j").starts_with("tasks[1].existing_cluster_id: a " + std::string(type)))
            << type;
        body["tasks"][1].erase("existing_cluster_id");
        EXPECT_EQ(refusal(body, "/name", "j"), "") << type;
    }
}

TEST(JobSettings, AForEachIsFollowedByTheTaskThatItRepeats) {
    Json body = job_with("for_each_task", {{"inputs", "[1]"}, {"task", task("each")}});
    const auto tasks = parsed(body).job.tasks;
    ASSERT_EQ(tasks.size(), 3u);
    EXPECT_EQ(tasks[2].task_key, "each");
    EXPECT_EQ(tasks[2].nested_in, 1);
    EXPECT_EQ(Json::parse(tasks[2].definition), task("each"));
    body["tasks"][0]["depends_on"] = {{{"task_key", "each"}}};
    EXPECT_EQ(refusal(body, "/name", "j"), "tasks[0].depends_on[0].task_key: 'each' is not a task of this job.");
}

TEST(JobSettings, CyclesAreFound) {
    Json body = job();
    body["tasks"][0]["depends_on"] = {{{"task_key", "b"}}};
    body["tasks"][1]["depends_on"] = {{{"task_key", "a"}}};
    EXPECT_NE(refusal(body, "/name", "j").find("waits for itself: a ← b ← a."), std::string::npos)
        << refusal(body, "/name", "j");
    body["tasks"][0].erase("depends_on");
    EXPECT_EQ(parsed(body).job.tasks[1].depends_on, std::vector<std::string>{"a"});
}

TEST(JobSettings, MoreThanAHundredTasksNeed22) {
    Json body = job();
    body["tasks"] = Json::array();
    for (int i = 0; i < 101; ++i) body["tasks"].push_back(task("t" + std::to_string(i)));
    EXPECT_EQ(parsed(body).job.tasks.size(), 101u);
    EXPECT_EQ(refusal(body, "/name", "j", ApiVersion::k21),
              "Resources with more than 100 tasks can only be handled by API 2.2 and above. Your resource has 101 "
              "tasks.");
    for (int i = 101; i < 1001; ++i) body["tasks"].push_back(task("t" + std::to_string(i)));
    EXPECT_EQ(refusal(body, "/name", "j"), "tasks: more than 1000 items.");
}

TEST(JobSettings, TheFlatFormIsOneTask) {
    const Json flat{{"name", "nightly run"},
                    {"existing_cluster_id", "c"},
                    {"max_retries", "2"},
                    {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
    const JobDefinition definition = parsed(flat, ApiVersion::k20);
    EXPECT_EQ(definition.job.format, "SINGLE_TASK");
    ASSERT_EQ(definition.job.tasks.size(), 1u);
    EXPECT_EQ(definition.job.tasks[0].task_key, "nightly_run");
    EXPECT_EQ(definition.job.tasks[0].max_retries, 2);
    EXPECT_TRUE(definition.ignored.empty()) << definition.ignored.front();
    EXPECT_EQ(settings_json(definition.job.settings, "SINGLE_TASK", ApiVersion::k20)["max_retries"], 2);
    const Json modern = settings_json(definition.job.settings, "SINGLE_TASK", ApiVersion::k22);
    EXPECT_EQ(modern["format"], "MULTI_TASK");
    EXPECT_FALSE(modern.contains("notebook_task"));
    EXPECT_EQ(modern["tasks"][0]["task_key"], "nightly_run");
}

TEST(JobSettings, JobClustersAreResolvedIntoTheirTasks) {
    Json body = job();
    body["job_clusters"] = {
        {{"job_cluster_key", "k"}, {"new_cluster", {{"spark_version", "15.4.x-scala2.12"}, {"num_workers", "1"}}}}};
    body["tasks"][1].erase("existing_cluster_id");
    body["tasks"][1]["job_cluster_key"] = "k";
    const JobDefinition definition = parsed(body);
    EXPECT_EQ(Json::parse(definition.job.tasks[1].new_cluster)["num_workers"], 1);
    EXPECT_EQ(definition.job.tasks[1].job_cluster_key, "k");
}

TEST(JobSettings, ATaskWithoutAClusterRunsInItsEnvironment) {
    Json body = job();
    body["environments"] = {
        {{"environment_key", "e"},
         {"spec",
          {{"client", "2"},
           {"dependencies", {"# pinned", "numpy==2.1.0", "/Workspace/Shared/a.whl", "-r /Shared/r.txt"}}}}}};
    body["tasks"][1].erase("existing_cluster_id");
    body["tasks"][1]["environment_key"] = "e";
    const auto definition = parsed(body);
    EXPECT_TRUE(definition.job.tasks[1].serverless);
    const Json libraries = Json::parse(definition.job.tasks[1].libraries);
    ASSERT_EQ(libraries.size(), 3u) << libraries;
    EXPECT_EQ(libraries[0]["pypi"]["package"], "numpy==2.1.0");
    EXPECT_TRUE(libraries[1].contains("whl"));
    EXPECT_TRUE(libraries[2].contains("requirements"));
    EXPECT_EQ(refusal(body, "/tasks/1/environment_key", "f"),
              "tasks[1].environment_key: 'f' is not among environments.");
}

TEST(JobSettings, UnknownFieldsAreIgnoredAndNamed) {
    Json body = job();
    body["colour"] = "red";
    body["tasks"][0]["depth"] = 3;
    const auto definition = parsed(body);
    EXPECT_EQ(definition.ignored, (IgnoredNames{"tasks[0].depth", "colour"}));
    EXPECT_FALSE(Json::parse(definition.job.settings).contains("colour"));
}

TEST(JobSettings, OtherPathsAreNamedBelowNewSettings) {
    Json body = job();
    body["tasks"][1]["run_if"] = "NEVER";
    try {
        parse_job_settings(body, kRules, ApiVersion::k22, kNow, "new_settings");
        FAIL();
    } catch (const ApiError& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("new_settings.tasks[1].run_if: ")) << error.what();
    }
}
}  // namespace
}  // namespace stoker::api