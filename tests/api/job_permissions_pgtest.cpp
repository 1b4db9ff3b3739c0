#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

class JobPermissionsTest : public ApiTest {
  protected:
    static std::string target(JobId job_id) { return "/api/2.0/permissions/jobs/" + to_string(job_id); }
    HttpAnswer set(const std::string& method, JobId job_id, const Json& list, const std::string& headers = "") {
        return ask(method, target(job_id), {{"access_control_list", list}}, headers);
    }
    static Json entry(const std::string& user, const std::string& level) {
        return {{"user_name", user}, {"permission_level", level}};
    }
    /// "ann@example.com IS_OWNER, …", inherited ones apart.
    static std::string told(const Json& permissions) {
        std::string text;
        for (const Json& one : permissions["access_control_list"]) {
            const Json& level = one["all_permissions"][0];
            if (level["inherited"]) continue;
            text += (text.empty() ? "" : ", ") + one["display_name"].get<std::string>() + " " +
                    level["permission_level"].get<std::string>();
        }
        return text;
    }
    int reads(JobId job_id) { return get("/api/2.1/jobs/get?job_id=" + to_string(job_id), bob).status; }
    int runs(JobId job_id) { return post("/api/2.1/jobs/run-now", {{"job_id", job_id.value}}, bob).status; }
    int manages(JobId job_id) {
        const Json body{{"job_id", job_id.value}, {"new_settings", {{"description", "by bob"}}}};
        return post("/api/2.1/jobs/update", body, bob).status;
    }

    std::string bob = bearer(token_of("bob@example.com", false));
};

TEST_F(JobPermissionsTest, TheCreatorOwnsAJobAndAdminsManageIt) {
    const JobId job_id = create_job();
    const Json answer = get(target(job_id)).json();
    EXPECT_EQ(answer["object_id"], "/jobs/" + to_string(job_id));
    EXPECT_EQ(answer["object_type"], "job");
    EXPECT_EQ(told(answer), "ann@example.com IS_OWNER");
    EXPECT_EQ(answer["access_control_list"][1]["group_name"], "admins");
    EXPECT_EQ(answer["access_control_list"][1]["all_permissions"][0]["inherited"], true);
    EXPECT_EQ(get(target(job_id) + "/permissionLevels").json()["permission_levels"].size(), 4u);
}

TEST_F(JobPermissionsTest, EachLevelAllowsMore) {
    const JobId job_id = create_job();
    EXPECT_EQ(reads(job_id), 403);
    struct Row {
        const char* level;
        int reads, runs, manages;
    };
    for (const Row& row :
         {Row{"CAN_VIEW", 200, 403, 403}, {"CAN_MANAGE_RUN", 200, 200, 403}, {"CAN_MANAGE", 200, 200, 200}}) {
        EXPECT_EQ(set("PUT", job_id, Json::array({entry("bob@example.com", row.level)})).status, 200);
        EXPECT_EQ(reads(job_id), row.reads) << row.level;
        EXPECT_EQ(runs(job_id), row.runs) << row.level;
        EXPECT_EQ(manages(job_id), row.manages) << row.level;
        EXPECT_EQ(get("/api/2.1/jobs/list", bob).json()["jobs"].size(), 1u) << row.level;
    }
    EXPECT_EQ(set("PUT", job_id, Json::array()).status, 200);
    EXPECT_EQ(reads(job_id), 403);
    EXPECT_FALSE(get("/api/2.1/jobs/list", bob).json().contains("jobs"));
}

TEST_F(JobPermissionsTest, RunsAreSeenWithTheirJob) {
    const JobId job_id = create_job();
    const RunId run_id = run_now(job_id);
    const std::string one = "/api/2.1/jobs/runs/get?run_id=" + to_string(run_id);
    EXPECT_EQ(get(one, bob).status, 403);
    EXPECT_EQ(set("PUT", job_id, Json::array({{{"group_name", "users"}, {"permission_level", "CAN_VIEW"}}})).status,
              200);
    EXPECT_EQ(get(one, bob).status, 200);
    EXPECT_EQ(get("/api/2.1/jobs/runs/list", bob).json()["runs"].size(), 1u);
    EXPECT_EQ(get("/api/2.1/jobs/runs/list?job_id=" + to_string(job_id), bob).json()["runs"].size(), 1u);
    const Json cancel{{"run_id", run_id.value}};
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel", cancel, bob).status, 403);
    EXPECT_EQ(set("PATCH", job_id, Json::array({entry("bob@example.com", "CAN_MANAGE_RUN")})).status, 200);
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel", cancel, bob).status, 200);
}

TEST_F(JobPermissionsTest, WhoBeganARunChangesItByARightOnTheJobOnly) {
    const JobId job_id = create_job();
    set("PUT", job_id, Json::array({entry("bob@example.com", "CAN_MANAGE_RUN")}));
    const Json run{{"run_id", post("/api/2.1/jobs/run-now", {{"job_id", job_id.value}}, bob).json()["run_id"]}};
    Json repair = run;
    repair["rerun_all_failed_tasks"] = true;
    finish(failure(claim_one()));
    EXPECT_EQ(post("/api/2.1/jobs/runs/repair", repair, bob).status, 200);
    finish(failure(claim_one()));
    EXPECT_EQ(set("PUT", job_id, Json::array()).status, 200);
    repair["latest_repair_id"] = sql.number("SELECT repair_id FROM repairs WHERE repair_id <> 0");
    for (const auto& [call, body] : {std::pair{"repair", repair}, {"cancel", run}, {"delete", run}}) {
        const HttpAnswer answer = post(std::string("/api/2.1/jobs/runs/") + call, body, bob);
        EXPECT_EQ(answer.status, 403) << call << answer.body;
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE end_time = 0 OR deleted"), 0);
    EXPECT_EQ(get("/api/2.1/jobs/runs/get?run_id=" + run["run_id"].dump(), bob).status, 200);
    set("PUT", job_id, Json::array({entry("bob@example.com", "CAN_MANAGE")}));
    EXPECT_EQ(post("/api/2.1/jobs/runs/delete", run, bob).status, 200);
}

TEST_F(JobPermissionsTest, WhoARunRanAsMayNotRepairAJobThatIsTheirsNoMore) {
    const JobId job_id = create_job();
    const RunId run_id = run_now(job_id);
    finish(failure(claim_one()));
    sql.run("UPDATE runs SET creator_user_name = 'bob@example.com', run_as_user_name = 'bob@example.com'");
    const Json repair{{"run_id", run_id.value}, {"rerun_all_failed_tasks", true}};
    EXPECT_EQ(post("/api/2.1/jobs/runs/repair", repair, bob).status, 403);
    EXPECT_EQ(post("/api/2.1/jobs/runs/repair", repair).status, 200);
}

TEST_F(JobPermissionsTest, APatchKeepsWhatItDoesNotName) {
    const JobId job_id = create_job();
    token_of("cid@example.com", false);
    set("PUT", job_id, Json::array({entry("bob@example.com", "CAN_VIEW")}));
    EXPECT_EQ(told(set("PATCH", job_id, Json::array({entry("cid@example.com", "CAN_MANAGE")})).json()),
              "ann@example.com IS_OWNER, bob@example.com CAN_VIEW, cid@example.com CAN_MANAGE");
    EXPECT_EQ(told(set("PUT", job_id, Json::array({entry("cid@example.com", "CAN_VIEW")})).json()),
              "ann@example.com IS_OWNER, cid@example.com CAN_VIEW");
}

TEST_F(JobPermissionsTest, AJobCanBeGivenAway) {
    const JobId job_id = create_job();
    EXPECT_EQ(told(set("PATCH", job_id, Json::array({entry("bob@example.com", "IS_OWNER")})).json()),
              "ann@example.com CAN_MANAGE, bob@example.com IS_OWNER");
    EXPECT_EQ(manages(job_id), 200);
}

TEST_F(JobPermissionsTest, ACreateMayBringThem) {
    Json settings = notebook_job();
    settings["access_control_list"] = Json::array({entry("bob@example.com", "CAN_MANAGE_RUN")});
    const JobId job_id = create_job(settings);
    EXPECT_EQ(runs(job_id), 200);
    EXPECT_FALSE(
        get("/api/2.1/jobs/get?job_id=" + to_string(job_id)).json()["settings"].contains("access_control_list"));
}

TEST_F(JobPermissionsTest, WhatIsRefusedChangesNothing) {
    const JobId job_id = create_job();
    struct Row {
        Json list;
        int status;
        const char* message;
    };
    const Row rows[] = {
        {{entry("nobody@example.com", "CAN_VIEW")},
         404,
         "access_control_list: User nobody@example.com does not exist."},
        {Json::array({entry("bob@example.com", "CAN_FLY")}), 400, "access_control_list[0].permission_level: expected"},
        {Json::array({{{"group_name", "team"}, {"permission_level", "CAN_VIEW"}}}), 400,
         "access_control_list[0].group_name: Group team does not exist."},
        {{entry("bob@example.com", "IS_OWNER"), entry(kUser, "IS_OWNER")},
         400,
         "access_control_list[1].permission_level: a job has exactly one owner."},
        {"x", 400, "access_control_list: expected an array"},
    };
    for (const Row& row : rows) {
        const HttpAnswer answer = set("PUT", job_id, row.list);
        EXPECT_EQ(answer.status, row.status) << answer.body;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(row.message)) << answer.body;
    }
    EXPECT_EQ(set("PUT", job_id, Json::array({entry("bob@example.com", "IS_OWNER")}), bob).status, 403);
    EXPECT_EQ(set("PUT", JobId{7}, Json::array()).json()["message"], "Job 7 does not exist.");
    EXPECT_EQ(sql.number("SELECT count(*) FROM permissions"), 0);
}
}  // namespace
}  // namespace stoker::test
