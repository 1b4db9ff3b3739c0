#include "api/wire/job_settings.h"

#include <gtest/gtest.h>

#include "api/wire/run_now.h"
#include "core/job_parameters.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json task(const std::string& key) {
    return {{"task_key", key}, {"existing_cluster_id", "c"}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
}
Json job() {
    return {{"name", "j"}, {"tasks", {task("a"), task("b")}}};
}

/// The sentence a changed job is refused with; "" when it is accepted.
std::string refusal(const std::string& pointer, const Json& value, ApiVersion version = ApiVersion::k22) {
    Json body = job();
    body[Json::json_pointer(pointer)] = value;
    try {
        parse_job_settings(body, version);
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        return error.what();
    }
    return "";
}

TEST(JobSettings, EveryRefusalNamesItsField) {
    struct Row {
        const char* pointer;
        Json value;
        const char* begins;
    };
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
        {"/schedule", {{"quartz_cron_expression", "x"}}, "schedule: schedule is not supported yet."},
        {"/trigger", {{"pause_status", "PAUSED"}}, "trigger: "},
        {"/continuous", {{"pause_status", "PAUSED"}}, "continuous: "},
        {"/git_source", {{"git_url", "x"}}, "git_source: "},
        {"/access_control_list", {{{"user_name", "x"}}}, "access_control_list: "},
        {"/email_notifications", "me", "email_notifications: expected an object"},
        {"/queue", {{"enabled", "perhaps"}}, "queue.enabled: "},
        {"/run_as", {{"group_name", "g"}}, "run_as.group_name: "},
        {"/parameters", {{{"name", "a b"}, {"default", ""}}}, "parameters[0].name: "},
        {"/parameters", {{{"name", "a"}}}, "parameters[0].default: "},
        {"/tasks", Json::array(), "tasks: the field is required"},
        {"/tasks", "a", "tasks: expected an array"},
        {"/tasks/1", "a", "tasks[1]: expected an object"},
        {"/tasks/1/task_key", "a", "tasks[1].task_key: 'a' is used twice."},
        {"/tasks/1/task_key", "a b", "tasks[1].task_key: expected"},
        {"/tasks/1/task_key", std::string(101, 'k'), "tasks[1].task_key: expected"},
        {"/tasks/1/depends_on", {{{"task_key", "z"}}}, "tasks[1].depends_on[0].task_key: 'z' is not a task"},
        {"/tasks/1/depends_on", {{{"task_key", "b"}}}, "tasks[1].depends_on: the task 'b' waits for itself"},
        {"/tasks/1/depends_on", {{{"task_key", "a"}, {"outcome", "true"}}}, "tasks[1].depends_on[0].outcome: "},
        {"/tasks/1/run_if", "ALL_DONE", "tasks[1].run_if: ALL_DONE is not supported yet"},
        {"/tasks/1/notebook_task",
         {{"base_parameters", Json::object()}},
         "tasks[1].notebook_task.notebook_path: the field is required"},
        {"/tasks/1/notebook_task/notebook_path", "relative",
         "tasks[1].notebook_task.notebook_path: expected an absolute path"},
        {"/tasks/1/notebook_task/source", "GIT", "tasks[1].notebook_task.source: GIT is not supported yet"},
        {"/tasks/1/notebook_task/base_parameters", {{"k", {1}}}, "tasks[1].notebook_task.base_parameters: 'k'"},
        {"/tasks/1/spark_python_task",
         {{"python_file", "x"}},
         "tasks[1].spark_python_task: spark_python_task is not supported yet."},
        {"/tasks/1/existing_cluster_id", nullptr, "tasks[1].existing_cluster_id: the task needs a cluster"},
        {"/tasks/1/job_cluster_key", "k", "tasks[1].existing_cluster_id: only one of"},
        {"/tasks/1/new_cluster", {{"spark_version", "15.4.x-scala2.12"}}, "tasks[1].new_cluster: only one of"},
        {"/tasks/1/environment_key", "e", "tasks[1].environment_key: "},
        {"/tasks/1/max_retries", -2, "tasks[1].max_retries: "},
        {"/tasks/1/timeout_seconds", -1, "tasks[1].timeout_seconds: "},
        {"/tasks/1/libraries", {{{"pypi", Json::object()}}}, "tasks[1].libraries[0].pypi.package"},
        {"/job_clusters", {{{"job_cluster_key", "k"}}}, "job_clusters[0].new_cluster: the field is required"},
        {"/notebook_task", nullptr, ""},
    };
    for (const Row& row : rows) {
        const std::string found = refusal(row.pointer, row.value);
        EXPECT_TRUE(found.starts_with(row.begins) && (found.empty() == std::string(row.begins).empty()))
            << row.pointer << " = " << row.value << "\n  " << found;
    }
    for (const TaskType& type : task_types()) {
        if (type.is_supported) continue;
        EXPECT_NE(refusal("/tasks/0/" + std::string(type.field), {{"x", 1}}), "") << type.field;
    }
}

TEST(JobSettings, CyclesAreFound) {
    Json body = job();
    body["tasks"][0]["depends_on"] = {{{"task_key", "b"}}};
    body["tasks"][1]["depends_on"] = {{{"task_key", "a"}}};
    EXPECT_THROW(parse_job_settings(body, ApiVersion::k22), ApiError);
    body["tasks"][0].erase("depends_on");
    EXPECT_EQ(parse_job_settings(body, ApiVersion::k22).job.tasks[1].depends_on, std::vector<std::string>{"a"});
}

TEST(JobSettings, MoreThanAHundredTasksNeed22) {
    Json body = job();
    body["tasks"] = Json::array();
    for (int i = 0; i < 101; ++i) body["tasks"].push_back(task("t" + std::to_string(i)));
    EXPECT_EQ(parse_job_settings(body, ApiVersion::k22).job.tasks.size(), 101u);
    try {
        parse_job_settings(body, ApiVersion::k21);
        FAIL();
    } catch (const ApiError& error) {
        EXPECT_STREQ(error.what(),
                     "Resources with more than 100 tasks can only be handled by API 2.2 and above. Your resource has "
                     "101 tasks.");
    }
}

TEST(JobSettings, TheFlatFormIsOneTask) {
    const Json flat{{"name", "nightly run"},
                    {"existing_cluster_id", "c"},
                    {"max_retries", "2"},
                    {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
    const JobDefinition parsed = parse_job_settings(flat, ApiVersion::k20);
    EXPECT_EQ(parsed.job.format, "SINGLE_TASK");
    ASSERT_EQ(parsed.job.tasks.size(), 1u);
    EXPECT_EQ(parsed.job.tasks[0].task_key, "nightly_run");
    EXPECT_EQ(parsed.job.tasks[0].max_retries, 2);
    EXPECT_TRUE(parsed.ignored.empty()) << parsed.ignored.front();
    EXPECT_EQ(settings_json(parsed.job.settings, "SINGLE_TASK", ApiVersion::k20)["max_retries"], 2);
    const Json modern = settings_json(parsed.job.settings, "SINGLE_TASK", ApiVersion::k22);
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
    const JobDefinition parsed = parse_job_settings(body, ApiVersion::k22);
    EXPECT_EQ(Json::parse(parsed.job.tasks[1].new_cluster)["num_workers"], 1);
    EXPECT_EQ(parsed.job.tasks[1].job_cluster_key, "k");
}

std::string run_now_refusal(Json body) {
    body["job_id"] = 1;
    try {
        parse_run_now(body);
    } catch (const ApiError& error) {
        return error.what();
    }
    return "";
}

TEST(RunNow, ParameterRules) {
    EXPECT_EQ(run_now_refusal({{"jar_params", Json::array()},
                               {"python_params", Json::array()},
                               {"notebook_params", Json::object()},
                               {"job_parameters", {{"a", "b"}}}}),
              "");
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", "b"}}}, {"jar_params", {"x"}}})
                    .starts_with("jar_params: cannot be combined"));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", "b"}}}, {"job_parameters", {{"a", "b"}}}})
                    .starts_with("job_parameters: "));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", std::string(10'000, 'x')}}}})
                    .starts_with("notebook_params: more than"));
    EXPECT_TRUE(run_now_refusal({{"python_params", {"\u00e9"}}}).starts_with("python_params: only ASCII"));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {"a"}}}).starts_with("notebook_params: expected a map"));
    EXPECT_TRUE(run_now_refusal({{"idempotency_token", std::string(65, 'x')}}).starts_with("idempotency_token: "));
    EXPECT_THROW(parse_run_now(Json::object()), ApiError);
}

TEST(RunNow, JobParametersAreResolved) {
    const Json settings{{"parameters", {{{"name", "day"}, {"default", "1"}}, {{"name", "x"}, {"default", "d"}}}}};
    EXPECT_EQ(resolved_job_parameters(settings, {{"day", "2"}, {"extra", "e"}}),
              (Json{{{"name", "day"}, {"default", "1"}, {"value", "2"}},
                    {{"name", "x"}, {"default", "d"}, {"value", "d"}},
                    {{"name", "extra"}, {"value", "e"}}}));
}
}  // namespace
}  // namespace stoker::api
