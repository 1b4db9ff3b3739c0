#include "db/control_store.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

class RunsRepairTest : public ApiTest {
  protected:
    /// first → second → third, beside other.
    static Json chain() {
        Json settings = notebook_job();
        settings["tasks"] = Json::array();
        for (const char* key : {"first", "second", "third", "other"}) {
            Json task = notebook_job()["tasks"][0];
            task["task_key"] = key;
            settings["tasks"].push_back(task);
        }
        settings["tasks"][1]["depends_on"] = {{{"task_key", "first"}}};
        settings["tasks"][2]["depends_on"] = {{{"task_key", "second"}}};
        return settings;
    }
    /// Ends everything that becomes ready; `failing` fails.
    void work(const std::string& failing = "") {
        for (auto claimed = claim(); !claimed.empty(); claimed = claim())
            for (const auto& one : claimed) finish(one.task_key == failing ? failure(one) : success(one));
    }
    RunId failed_run() {
        const RunId run_id = run_now(create_job(chain()));
        work("second");
        EXPECT_EQ(run(run_id).result_state, "FAILED");
        return run_id;
    }
    HttpAnswer repair(RunId run_id, Json body) {
        body["run_id"] = run_id.value;
        return post("/api/2.1/jobs/runs/repair", body);
    }
    Json answer_of(RunId run_id, const std::string& page_token = "") {
        return get("/api/2.2/jobs/runs/get?include_history=true&run_id=" + to_string(run_id) +
                   "&page_token=" + page_token)
            .json();
    }
    /// "a=1 b=2": the job parameters.
    std::string values(RunId run_id) {
        std::string text;
        for (const Json& parameter : Json::parse(run(run_id).job_parameters))
            text += (text.empty() ? "" : " ") + parameter["name"].get<std::string>() + "=" +
                    parameter["value"].get<std::string>();
        return text;
    }
    std::vector<std::string> ready() {
        return sql.column("SELECT task_key FROM task_queue JOIN task_runs USING (run_id) ORDER BY position");
    }
};

TEST_F(RunsRepairTest, AllFailedTasksRunAgainAndTheRestCounts) {
    const RunId run_id = failed_run();
    const HttpAnswer answer = repair(run_id, {{"rerun_all_failed_tasks", true}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(ready(), std::vector<std::string>{"second"});
    const Json under_way = answer_of(run_id);
    EXPECT_EQ(under_way["state"]["life_cycle_state"], "PENDING");
    EXPECT_EQ(under_way["tasks"].size(), 6u);  // with those before the repair
    work();
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");

    const Json history = answer_of(run_id)["repair_history"];
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0]["type"], "ORIGINAL");
    EXPECT_EQ(history[0]["state"]["result_state"], "FAILED");
    EXPECT_EQ(history[0]["task_run_ids"].size(), 4u);
    EXPECT_EQ(history[1]["type"], "REPAIR");
    EXPECT_EQ(history[1]["id"], answer.json()["repair_id"]);
    EXPECT_EQ(history[1]["state"]["result_state"], "SUCCESS");
    EXPECT_EQ(history[1]["task_run_ids"].size(), 2u);
}

TEST_F(RunsRepairTest, LaterPagesOfIterationsRepeatNothingEither) {
    Json settings = notebook_job();
    settings["parameters"] = {{{"name", "day"}, {"default", "1"}}};
    Json each = std::exchange(settings["tasks"][0], {{"task_key", "loop"}});
    settings["tasks"][0]["for_each_task"] = {{"inputs", "[]"}, {"task", each}};
    run_now(create_job(settings));
    const std::string inputs = Json(std::vector<int>(101)).dump();
    const RunId for_each = server.run_blocking([&](db::Transaction& tx) {
        const RunId taken = db::take_control_tasks(tx, 10).at(0).run_id;
        db::begin_for_each(tx, taken, inputs, 100);
        return taken;
    });
    finish(success(claim(1).at(0)));  // its place goes to the last
    const Json first = answer_of(for_each);
    EXPECT_EQ(first["iterations"].size(), 100u);
    EXPECT_EQ(first["job_parameters"].size(), 1u);
    const Json second = answer_of(for_each, first.at("next_page_token"));
    EXPECT_EQ(second["iterations"].size(), 1u);
    for (const char* list : {"tasks", "job_parameters", "repair_history"}) {
        EXPECT_EQ(first[list].size(), 1u) << list;
        EXPECT_EQ(second[list], Json::array()) << list;
    }
}

TEST_F(RunsRepairTest, ChosenTasksRunAgainWithWhatDependsOnThem) {
    const RunId run_id = failed_run();
    EXPECT_EQ(repair(run_id, {{"rerun_tasks", {"first"}}, {"rerun_dependent_tasks", true}}).status, 200);
    EXPECT_EQ(ready(), std::vector<std::string>{"first"});
    work();
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_runs WHERE repair_id IS NOT NULL"), 3);
}

TEST_F(RunsRepairTest, OneThatRunsAloneLeavesTheOthersFailed) {
    const RunId run_id = failed_run();
    EXPECT_EQ(repair(run_id, {{"rerun_tasks", {"second"}}}).status, 200);
    work();
    EXPECT_EQ(state(last_try(run_id, "second")), "TERMINATED SUCCESS");
    EXPECT_EQ(run(run_id).result_state, "FAILED");
}

TEST_F(RunsRepairTest, TheNextRepairNamesTheOneBefore) {
    const RunId run_id = failed_run();
    const Json first = repair(run_id, {{"rerun_tasks", {"second"}}}).json();
    work("second");
    const HttpAnswer refused = repair(run_id, {{"rerun_tasks", {"second"}}});
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("The latest repair ID needs to be provided in order to create a new repair"),
              std::string::npos);
    EXPECT_EQ(repair(run_id, {{"rerun_tasks", {"second"}}, {"latest_repair_id", 5}}).status, 400);
    EXPECT_EQ(repair(run_id, {{"rerun_all_failed_tasks", true}, {"latest_repair_id", first["repair_id"]}}).status, 200);
    work();
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(answer_of(run_id)["repair_history"].size(), 3u);
}

TEST_F(RunsRepairTest, LaterPagesOfARunRepeatNoHistory) {
    Json settings = notebook_job();
    const Json task = settings["tasks"][0];
    settings["tasks"] = Json::array();
    for (int i = 0; i <= 100; ++i) {
        settings["tasks"].push_back(task);
        settings["tasks"].back()["task_key"] = "task_" + std::to_string(i);
    }
    const Json job = post("/api/2.2/jobs/create", settings).json();
    const RunId run_id = run_now(JobId{job["job_id"].get<std::int64_t>()});
    const Json first = answer_of(run_id);
    EXPECT_EQ(first["tasks"].size(), 100u);
    EXPECT_EQ(first["repair_history"].size(), 1u);
    const auto next_page = first["next_page_token"].get<std::string>();
    const std::string page = "/api/2.2/jobs/runs/get?include_history=true&page_token=" + next_page;
    const Json second = get(page + "&run_id=" + to_string(run_id)).json();
    EXPECT_EQ(second["tasks"].size(), 1u);
    EXPECT_EQ(second["repair_history"].size(), 0u);
    EXPECT_FALSE(second.contains("next_page_token"));
}

TEST_F(RunsRepairTest, ItFollowsTheJobAsItIsNow) {
    const RunId run_id = failed_run();
    Json changed = chain()["tasks"][1];
    changed["notebook_task"]["notebook_path"] = "/Shared/mended";
    const Json update{{"job_id", run(run_id).job_id.value}, {"new_settings", {{"tasks", {changed}}}}};
    ASSERT_EQ(post("/api/2.1/jobs/update", update).status, 200);
    EXPECT_EQ(repair(run_id, {{"rerun_all_failed_tasks", true}, {"job_parameters", {{"day", "2"}}}}).status, 200);
    const auto claimed = claim_one();
    EXPECT_EQ(claimed.source_path, "/Shared/mended");
    EXPECT_EQ(Json::parse(claimed.job_parameters)[0]["value"], "2");
}

TEST_F(RunsRepairTest, ParametersThatAreNotSentAreThoseOfTheRun) {
    Json settings = chain();
    settings["parameters"] = {{{"name", "a"}, {"default", "0"}}, {{"name", "b"}, {"default", "0"}}};
    const JobId job_id = create_job(settings);
    const RunId run_id = run_now(job_id, {{"job_parameters", {{"a", "1"}, {"b", "2"}}}});
    work("second");
    settings["parameters"].push_back({{"name", "c"}, {"default", "9"}});
    ASSERT_EQ(post("/api/2.1/jobs/reset", {{"job_id", job_id.value}, {"new_settings", settings}}).status, 200);

    ASSERT_EQ(repair(run_id, {{"rerun_all_failed_tasks", true}}).status, 200);
    EXPECT_EQ(values(run_id), "a=1 b=2 c=9");
    work("second");
    const Json again{{"rerun_all_failed_tasks", true},
                     {"latest_repair_id", run(run_id).repair_id},
                     {"job_parameters", {{"b", "3"}, {"d", "4"}}}};
    ASSERT_EQ(repair(run_id, again).status, 200);
    EXPECT_EQ(values(run_id), "a=1 b=3 c=9 d=4");
}

TEST_F(RunsRepairTest, LegacyParametersThatAreNotSentAreThoseOfTheRun) {
    const RunId run_id =
        run_now(create_job(chain()), {{"notebook_params", {{"a", "1"}, {"b", "2"}}}, {"python_params", {"x", "y"}}});
    work("second");
    const Json body{{"rerun_all_failed_tasks", true}, {"notebook_params", {{"b", "3"}}}, {"python_params", {"z"}}};
    ASSERT_EQ(repair(run_id, body).status, 200);
    EXPECT_EQ(Json::parse(run(run_id).overriding_parameters),
              (Json{{"notebook_params", {{"a", "1"}, {"b", "3"}}}, {"python_params", {"z"}}}));
}

TEST_F(RunsRepairTest, WhatIsRefusedChangesNothing) {
    const RunId active = run_now(create_job());
    EXPECT_EQ(repair(active, {{"rerun_all_failed_tasks", true}}).json()["error_code"], "INVALID_STATE");
    finish_one("");
    EXPECT_EQ(repair(active, {{"rerun_all_failed_tasks", true}}).json()["message"],
              "rerun_all_failed_tasks: no task of the run has failed.");
    EXPECT_EQ(repair(active, {{"rerun_tasks", {"z"}}}).json()["message"], "rerun_tasks: 'z' is not a task of the job.");
    EXPECT_EQ(repair(active, Json::object()).status, 400);
    EXPECT_EQ(repair(active, {{"rerun_tasks", {"only"}}, {"rerun_all_failed_tasks", true}}).status, 400);
    EXPECT_EQ(repair(RunId{7}, {{"rerun_tasks", {"only"}}}).json()["message"], "Run 7 does not exist.");
    EXPECT_EQ(sql.number("SELECT count(*) FROM repairs"), 0);
    EXPECT_EQ(state(active), "TERMINATED SUCCESS");
}
}  // namespace
}  // namespace stoker::test
