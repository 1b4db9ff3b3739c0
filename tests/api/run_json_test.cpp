#include "api/wire/run_json.h"

#include <fstream>

#include <gtest/gtest.h>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

/// A golden answer; ctest runs the tests in the repository's root.
Json golden(const std::string& name) {
    std::ifstream file("tests/wire/" + name + ".json");
    EXPECT_TRUE(file) << name;
    return Json::parse(file);
}

const RunView kView{ApiVersion::k22, "https://h", "1234567890", 0, true};

db::TaskRunRow task(std::int64_t run_id, const std::string& key) {
    db::TaskRunRow row;
    row.run_id = row.original_attempt_run_id = RunId{run_id};
    row.job_run_id = RunId{9001};
    row.job_id = JobId{501};
    row.task_key = key;
    row.definition =
        Json{{"task_key", key}, {"job_cluster_key", "k"}, {"notebook_task", {{"notebook_path", "/Shared/" + key}}}}
            .dump();
    return row;
}

/// Appendix A2 of the contract: a failed, b skipped for it.
db::FoundRun failed_run() {
    db::FoundRun found;
    db::RunRow& run = found.run;
    run.run_id = RunId{9001};
    run.job_id = JobId{501};
    run.run_name = "etl";
    run.run_type = "JOB_RUN";
    run.trigger = "ONE_TIME";
    run.creator_user_name = "me@example.com";
    run.format = "MULTI_TASK";
    run.life_cycle_state = "INTERNAL_ERROR";
    run.result_state = "FAILED";
    run.state_message =
        "Task a failed with message: Workload failed, see run output for details. This caused all downstream tasks to "
        "get skipped.";
    run.termination_code = "RUN_EXECUTION_ERROR";
    run.termination_type = "CLIENT_ERROR";
    run.start_time = 1795217684000;
    run.end_time = 1795217699000;
    run.job_parameters = R"([{"name":"day","default":"2026-11-20","value":"2026-11-20"}])";
    run.settings = R"({"job_clusters":[{"job_cluster_key":"k","new_cluster":{}}]})";
    auto a = task(9002, "a");
    a.life_cycle_state = "TERMINATED";
    a.result_state = "FAILED";
    a.state_message = "Workload failed, see run output for details";
    a.termination_code = "RUN_EXECUTION_ERROR";
    a.termination_type = "CLIENT_ERROR";
    a.cluster_id = "1120-233010-abcd1234";
    a.spark_context_id = 4711;
    a.start_time = 1795217685000;
    a.end_time = 1795217698000;
    a.setup_duration = 4000;
    a.execution_duration = 9000;
    auto b = task(9003, "b");
    b.life_cycle_state = "SKIPPED";
    b.result_state = "UPSTREAM_FAILED";
    b.state_message = "An upstream task failed.";
    b.termination_code = "SKIPPED";
    b.termination_type = "CLIENT_ERROR";
    b.end_time = 1795217698500;
    run.tasks = {a, b};
    return found;
}

TEST(RunJson, AFailedRunOfTwoTasks) {
    EXPECT_EQ(run_json(failed_run(), kView), golden("run_failed"));
}

TEST(RunJson, ATaskRunIsARunToo) {
    db::FoundRun found = failed_run();
    found.named_task = RunId{9002};
    EXPECT_EQ(run_json(found, kView), golden("task_run_failed"));
}

TEST(RunJson, TheShapeOf20) {
    db::FoundRun found = failed_run();
    found.run.format = "SINGLE_TASK";
    found.run.tasks.pop_back();
    found.run.job_parameters.clear();
    RunView view = kView;
    view.version = ApiVersion::k20;
    EXPECT_EQ(run_json(found, view), golden("run_single_task_20"));
}

TEST(RunJson, AQueuedRunSaysWhy) {
    db::RunRow run;
    run.life_cycle_state = "QUEUED";
    run.queue_reason = "Queued.";
    EXPECT_EQ(state_json(run, kView.version)["queue_reason"], "Queued.");
    EXPECT_EQ(status_json(run),
              (Json{{"state", "QUEUED"},
                    {"queue_details", {{"code", "MAX_CONCURRENT_RUNS_REACHED"}, {"message", "Queued."}}}}));
}

TEST(RunJson, TasksComeInPagesOfAHundred) {
    db::FoundRun found = failed_run();
    found.run.tasks.assign(250, task(9002, "a"));
    RunView view = kView;
    Json page = run_json(found, view);
    EXPECT_EQ(page["tasks"].size(), 100u);
    EXPECT_TRUE(page.contains("next_page_token"));
    view.first_task = 200;
    page = run_json(found, view);
    EXPECT_EQ(page["tasks"].size(), 50u);
    EXPECT_FALSE(page.contains("next_page_token"));
    view.version = ApiVersion::k21;
    EXPECT_ANY_THROW(run_json(found, view));
}

TEST(OutputJson, FollowsTheTaskRun) {
    db::TaskRunRow row = task(9002, "a");
    row.life_cycle_state = "RUNNING";
    EXPECT_EQ(output_json(row, std::nullopt), Json::object());
    row.life_cycle_state = "TERMINATED";
    row.result_state = "SUCCESS";
    db::TaskOutputRow output;
    EXPECT_EQ(output_json(row, output), (Json{{"notebook_output", {{"truncated", false}}}}));
    output.result = "x";
    output.truncated = true;
    EXPECT_EQ(output_json(row, output), (Json{{"notebook_output", {{"result", "x"}, {"truncated", true}}}}));
    row.result_state = "FAILED";
    output = {};
    output.error = "ValueError: bad day";
    output.error_trace = "trace";
    EXPECT_EQ(output_json(row, output),
              (Json{{"notebook_output", Json::object()}, {"error", "ValueError: bad day"}, {"error_trace", "trace"}}));
    row.state_message = "The cluster failed.";
    EXPECT_EQ(output_json(row, std::nullopt)["error"], "The cluster failed.");
}
}  // namespace
}  // namespace stoker::api
