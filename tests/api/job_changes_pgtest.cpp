#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

class JobChangesTest : public ApiTest {
  protected:
    Json settings_of(JobId job_id) {
        return get("/api/2.2/jobs/get?job_id=" + to_string(job_id)).json().at("settings");
    }
    HttpAnswer update(JobId job_id, const Json& body, const std::string& headers = "") {
        Json sent = body;
        sent["job_id"] = job_id.value;
        return post("/api/2.2/jobs/update", sent, headers);
    }
    static Json task(const std::string& key) {
        Json one = notebook_job()["tasks"][0];
        one["task_key"] = key;
        return one;
    }
};

TEST_F(JobChangesTest, AnUpdateReplacesWhatIsSent) {
    Json settings = notebook_job();
    settings["tags"] = {{"team", "a"}};
    settings["max_concurrent_runs"] = 7;
    const JobId job_id = create_job(settings);
    EXPECT_EQ(update(job_id, {{"new_settings", {{"name", "renamed"}, {"tags", {{"owner", "b"}}}}}}).body, "{}");
    const Json after = settings_of(job_id);
    EXPECT_EQ(after["name"], "renamed");
    EXPECT_EQ(after["tags"], (Json{{"owner", "b"}}));
    EXPECT_EQ(after["max_concurrent_runs"], 7);
    EXPECT_EQ(after["tasks"].size(), 1u);
    EXPECT_EQ(sql.one("SELECT name || max_concurrent_runs FROM jobs"), "renamed7");
}

TEST_F(JobChangesTest, AnUpdateMergesTasksAndRemovesFields) {
    const JobId job_id = create_job();
    Json changed = task("only");
    changed["max_retries"] = 2;
    EXPECT_EQ(update(job_id, {{"new_settings", {{"tasks", {changed, task("second")}}}}}).status, 200);
    EXPECT_EQ(settings_of(job_id)["tasks"], (Json{changed, task("second")}));
    EXPECT_EQ(update(job_id, {{"fields_to_remove", {"tasks/only"}}}).status, 200);
    EXPECT_EQ(settings_of(job_id)["tasks"], (Json{task("second")}));
    EXPECT_EQ(update(job_id, {{"fields_to_remove", {"tasks/second"}}}).json()["message"],
              "new_settings.tasks: the field is required: a job needs at least one task.");
}

TEST_F(JobChangesTest, AResetGoesBackToTheDefaults) {
    Json settings = notebook_job();
    settings["max_concurrent_runs"] = 7;
    settings["tags"] = {{"team", "a"}};
    const JobId job_id = create_job(settings);
    const Json fresh{{"name", "fresh"}, {"tasks", {task("other")}}};
    EXPECT_EQ(post("/api/2.1/jobs/reset", {{"job_id", job_id.value}, {"new_settings", fresh}}).body, "{}");
    const Json after = settings_of(job_id);
    EXPECT_EQ(after["max_concurrent_runs"], 1);
    EXPECT_FALSE(after.contains("tags"));
    EXPECT_EQ(after["tasks"], (Json{task("other")}));
}

TEST_F(JobChangesTest, RunsUnderWayKeepTheirDefinition) {
    const JobId job_id = create_job();
    const RunId run_id = run_now(job_id);
    Json changed = task("only");
    changed["notebook_task"]["notebook_path"] = "/Shared/other";
    EXPECT_EQ(update(job_id, {{"new_settings", {{"tasks", {changed}}, {"timeout_seconds", 600}}}}).status, 200);
    const Json run = get("/api/2.2/jobs/runs/get?run_id=" + to_string(run_id)).json();
    EXPECT_EQ(run["tasks"][0]["notebook_task"]["notebook_path"], "/Shared/n");
    EXPECT_NE(sql.one("SELECT deadline_at FROM runs"), "");  // timeouts are followed at once
    EXPECT_EQ(update(job_id, {{"new_settings", {{"timeout_seconds", 0}}}}).status, 200);
    EXPECT_EQ(sql.one("SELECT deadline_at FROM runs"), "");
    finish_one("");
    const RunId next = run_now(job_id);
    EXPECT_EQ(get("/api/2.2/jobs/runs/get?run_id=" + to_string(next)).json()["tasks"][0]["notebook_task"],
              changed["notebook_task"]);
}

TEST_F(JobChangesTest, PermissionsBelongToCreateAndAreLeftOut) {
    const JobId job_id = create_job();
    const Json before = get("/api/2.0/permissions/jobs/" + to_string(job_id)).json();
    Json settings = notebook_job();
    settings["access_control_list"] = Json::array({{{"user_name", kUser}, {"permission_level", "CAN_VIEW"}}});
    const HttpAnswer answer = post("/api/2.1/jobs/reset", {{"job_id", job_id.value}, {"new_settings", settings}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.at("x-stoker-ignored-fields"), "new_settings.access_control_list");
    EXPECT_EQ(get("/api/2.0/permissions/jobs/" + to_string(job_id)).json(), before);
}

TEST_F(JobChangesTest, AQueueThatIsRemovedIsTheVersionsDefault) {
    Json settings = notebook_job();
    settings["queue"] = {{"enabled", true}};
    const JobId job_id = create_job(settings);
    const auto is_queued = [&] {
        return sql.one("SELECT queue_enabled FROM jobs WHERE job_id = " + to_string(job_id));
    };
    post("/api/2.1/jobs/update", {{"job_id", job_id.value}, {"new_settings", {{"name", "other"}}}});
    EXPECT_EQ(is_queued(), "t");
    post("/api/2.1/jobs/update", {{"job_id", job_id.value}, {"fields_to_remove", {"queue"}}});
    EXPECT_EQ(is_queued(), "f");
}

TEST_F(JobChangesTest, WhatIsRefusedChangesNothing) {
    const JobId job_id = create_job();
    const Json before = settings_of(job_id);
    Json bad = task("only");
    bad["run_if"] = "NEVER";
    struct Row {
        Json body;
        const char* message;
    };
    const Row rows[] = {
        {{{"new_settings", {{"tasks", {bad}}}}}, "new_settings.tasks[0].run_if: expected"},
        {{{"new_settings", {{"timeout_seconds", "soon"}}}}, "new_settings.timeout_seconds: "},
        {{{"new_settings", "none"}}, "new_settings: expected an object"},
        {{{"fields_to_remove", "tags"}}, "fields_to_remove: expected an array"},
    };
    for (const Row& row : rows) {
        const HttpAnswer answer = update(job_id, row.body);
        EXPECT_EQ(answer.status, 400) << row.body;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(row.message)) << answer.body;
    }
    for (const char* endpoint : {"update", "reset"}) {
        const Json missing{{"job_id", 7}, {"new_settings", notebook_job()}};
        EXPECT_EQ(post("/api/2.1/jobs/" + std::string(endpoint), missing).json()["message"], "Job 7 does not exist.");
    }
    EXPECT_EQ(settings_of(job_id), before);
    EXPECT_EQ(sql.number("SELECT count(*) FROM job_versions"), 1);
}

TEST_F(JobChangesTest, TriggersFollowTheSettings) {
    const Json schedule{{"quartz_cron_expression", "0 0 * * * ?"}, {"timezone_id", "UTC"}};
    Json settings = notebook_job();
    settings["schedule"] = schedule;
    const JobId job_id = create_job(settings);
    EXPECT_EQ(settings_of(job_id)["schedule"], schedule);
    EXPECT_EQ(sql.one("SELECT kind || paused FROM job_triggers"), "SCHEDULEfalse");
    Json paused = schedule;
    paused["pause_status"] = "PAUSED";
    EXPECT_EQ(update(job_id, {{"new_settings", {{"schedule", paused}}}}).status, 200);
    EXPECT_EQ(sql.one("SELECT kind || paused FROM job_triggers"), "SCHEDULEtrue");
    EXPECT_EQ(update(job_id, {{"new_settings", {{"continuous", {{"pause_status", "PAUSED"}}}}}}).json()["message"],
              "new_settings.continuous: cannot be combined with schedule.");
    EXPECT_EQ(update(job_id, {{"fields_to_remove", {"schedule"}},
                              {"new_settings", {{"trigger", {{"file_arrival", {{"url", "dbfs:/in"}}}}}}}})
                  .status,
              200);
    EXPECT_EQ(sql.one("SELECT kind FROM job_triggers"), "FILE_ARRIVAL");
    const Json job = get("/api/2.2/jobs/get?include_trigger_state=true&job_id=" + to_string(job_id)).json();
    EXPECT_EQ(job["trigger_state"]["file_arrival"]["using_file_events"], false);
    EXPECT_EQ(post("/api/2.1/jobs/delete", {{"job_id", job_id.value}}).status, 200);
    EXPECT_EQ(sql.number("SELECT count(*) FROM job_triggers"), 0);
}

TEST_F(JobChangesTest, ARunOfAContinuousJobTakesThePlaceOfTheOneThereIs) {
    Json settings = notebook_job();
    settings["continuous"] = {{"pause_status", "UNPAUSED"}};
    const JobId job_id = create_job(settings);
    const RunId first = run_now(job_id);
    const RunId second = run_now(job_id);
    EXPECT_EQ(state(first), "TERMINATED CANCELED");
    EXPECT_EQ(state(second), "PENDING");
    EXPECT_EQ(run(second).trigger, "CONTINUOUS_RESTART");
}

TEST_F(JobChangesTest, ManyTasksAreToldInPages) {
    Json settings = notebook_job();
    settings["tasks"] = Json::array();
    for (int i = 0; i < 250; ++i) settings["tasks"].push_back(task("t" + std::to_string(i)));
    const HttpAnswer made = post("/api/2.2/jobs/create", settings);
    ASSERT_EQ(made.status, 200) << made.body;
    const std::string target = "/api/2.2/jobs/get?job_id=" + made.json()["job_id"].dump();
    Json tasks = Json::array();
    std::string page;
    do {
        const Json job = get(target + "&page_token=" + page).json();
        EXPECT_LE(job["settings"]["tasks"].size(), 100u);
        for (const Json& one : job["settings"]["tasks"]) tasks.push_back(one);
        page = job.value("next_page_token", "");
    } while (!page.empty());
    EXPECT_EQ(tasks, settings["tasks"]);
    const HttpAnswer old = get("/api/2.1/jobs/get?job_id=" + made.json()["job_id"].dump());
    EXPECT_EQ(old.status, 400);
    EXPECT_EQ(old.json()["message"],
              "Resources with more than 100 tasks can only be handled by API 2.2 and above. Your resource has 250 "
              "tasks.");
}

api::Settings few_jobs() {
    api::Settings settings;
    settings.max_saved_jobs = 2;
    return settings;
}
class SavedJobsTest : public ApiTest {
  protected:
    SavedJobsTest() : ApiTest(few_jobs()) {}
};

TEST_F(SavedJobsTest, ThereAreOnlySoMany) {
    create_job();
    const JobId second = create_job();
    const HttpAnswer answer = post("/api/2.1/jobs/create", notebook_job());
    EXPECT_EQ(answer.json()["error_code"], "QUOTA_EXCEEDED") << answer.body;
    EXPECT_EQ(post("/api/2.1/jobs/delete", {{"job_id", second.value}}).status, 200);
    create_job();
}
}  // namespace
}  // namespace stoker::test
