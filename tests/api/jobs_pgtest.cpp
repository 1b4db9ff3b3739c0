#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
class JobsApiTest : public ApiTest {};

TEST_F(JobsApiTest, SettingsComeBackAsSentWithTheDefaults) {
    Json settings = notebook_job();
    settings["max_concurrent_runs"] = "3";  // clients send numbers as text; answers are numbers
    settings["tags"] = {{"team", "nlp"}};
    const JobId job_id = create_job(settings);
    const Json job = get("/api/2.2/jobs/get?job_id=" + to_string(job_id)).json();
    settings["max_concurrent_runs"] = 3;
    settings["email_notifications"] = Json::object();
    settings["timeout_seconds"] = 0;
    settings["format"] = "MULTI_TASK";
    EXPECT_EQ(job["settings"], settings);
    EXPECT_EQ(job["creator_user_name"], kUser);
    EXPECT_FALSE(job.contains("next_page_token"));
}

TEST_F(JobsApiTest, AGetTakesItsParametersFromAJsonBody) {
    const JobId job_id = create_job();
    EXPECT_EQ(ask("GET", "/api/2.1/jobs/get", {{"job_id", to_string(job_id)}}).json()["job_id"], job_id.value);
}

TEST_F(JobsApiTest, AMissingJobAnswersTheSentenceThatClientsMatch) {
    const HttpAnswer answer = get("/api/2.1/jobs/get?job_id=5");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json(), (Json{{"error_code", "INVALID_PARAMETER_VALUE"}, {"message", "Job 5 does not exist."}}));
    EXPECT_EQ(post("/api/2.1/jobs/run-now", {{"job_id", 5}}).json()["message"], "Job 5 does not exist.");
}

TEST_F(JobsApiTest, BadInputWritesNothing) {
    Json settings = notebook_job();
    settings["tasks"][0]["existing_cluster_id"] = "no-such-cluster";
    const HttpAnswer answer = post("/api/2.1/jobs/create", settings);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["message"], "tasks[0].existing_cluster_id: Cluster no-such-cluster does not exist");
    EXPECT_EQ(sql.number("SELECT count(*) FROM jobs"), 0);
}

TEST_F(JobsApiTest, UnknownFieldsAreNamedInAHeader) {
    Json settings = notebook_job();
    settings["max_concurent_runs"] = 2;
    EXPECT_EQ(post("/api/2.1/jobs/create", settings).headers.at("x-stoker-ignored-fields"), "max_concurent_runs");
}

TEST_F(JobsApiTest, ListsFilterAndPage) {
    for (int i = 0; i < 3; ++i) create_job();
    Json other = notebook_job();
    other["name"] = "Other";
    create_job(other);
    const Json first = get("/api/2.2/jobs/list?limit=2").json();
    EXPECT_EQ(first["jobs"].size(), 2u);
    EXPECT_FALSE(first["jobs"][0]["settings"].contains("tasks"));
    const Json rest =
        get("/api/2.2/jobs/list?limit=2&page_token=" + first["next_page_token"].get<std::string>()).json();
    EXPECT_EQ(rest["jobs"].size(), 2u);
    EXPECT_EQ(rest["has_more"], false);
    EXPECT_FALSE(rest.contains("next_page_token"));
    EXPECT_EQ(get("/api/2.2/jobs/list?name=oTHER&expand_tasks=True").json()["jobs"][0]["settings"]["tasks"].size(), 1u);
}

TEST_F(JobsApiTest, ADeletedJobIsGone) {
    const JobId job_id = create_job();
    EXPECT_EQ(post("/api/2.1/jobs/delete", {{"job_id", job_id.value}}).body, "{}");
    EXPECT_EQ(get("/api/2.1/jobs/get?job_id=" + to_string(job_id)).status, 400);
}

TEST_F(JobsApiTest, OthersSeeNothingOfAJob) {
    const JobId job_id = create_job();
    const std::string other = bearer(token_of("bob@example.com", false));
    EXPECT_EQ(get("/api/2.1/jobs/get?job_id=" + to_string(job_id), other).json()["error_code"], "PERMISSION_DENIED");
    EXPECT_EQ(post("/api/2.1/jobs/run-now", {{"job_id", job_id.value}}, other).status, 403);
    EXPECT_FALSE(get("/api/2.1/jobs/list", other).json().contains("jobs"));
    Json mine = notebook_job();
    EXPECT_EQ(post("/api/2.1/jobs/create", mine, other).status, 403);  // the cluster is another's
    mine["tasks"][0].erase("existing_cluster_id");
    mine["tasks"][0]["new_cluster"] = {{"spark_version", "15.4.x-scala2.12"}, {"num_workers", 0}};
    mine["tasks"][0]["notebook_task"]["notebook_path"] = "/Users/ann@example.com/secret";
    EXPECT_EQ(post("/api/2.1/jobs/create", mine, other).status, 403);
    mine["tasks"][0]["notebook_task"]["notebook_path"] = "/Users/bob@example.com/own";
    EXPECT_EQ(post("/api/2.1/jobs/create", mine, other).status, 200);
}

TEST_F(JobsApiTest, QueueingIsOnIn22Only) {
    create_job();
    EXPECT_EQ(sql.one("SELECT queue_enabled FROM jobs"), "f");
    sql.run("TRUNCATE jobs CASCADE");
    EXPECT_EQ(post("/api/2.2/jobs/create", notebook_job()).status, 200);
    EXPECT_EQ(sql.one("SELECT queue_enabled FROM jobs"), "t");
}
TEST_F(JobsApiTest, ALibraryIsNamedByWhoMayReadIt) {
    const std::string bob = bearer(token_of("bob@example.com", false));
    const Json cluster{{"spark_version", "15.4.x-scala2.12"}};
    const Json mine{{{"whl", "/Workspace/Users/bob@example.com/a.whl"}}, {{"jar", "dbfs:/a.jar"}}};
    auto with = [](Json object, const Json& libraries) {
        object["libraries"] = libraries;
        return object;
    };
    const HttpAnswer made = post("/api/2.1/clusters/create", with(cluster, mine), bob);
    ASSERT_EQ(made.status, 200) << made.body;
    Json edit = cluster;
    edit["cluster_id"] = made.json()["cluster_id"];
    sql.run("UPDATE clusters SET state = 'TERMINATED'");
    for (const Json& library :
         {Json{{"whl", "/Users/ann@example.com/a.whl"}}, Json{{"jar", "/Workspace/Users/x/a.jar"}},
          Json{{"requirements", "file:/Workspace/Users/x/r.txt"}}, Json{{"whl", "//Users/x/a.whl"}}}) {
        const Json libraries{library};
        const Json task{{"task_key", "only"}, {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
        Json on_old = with(task, libraries), on_new = task;
        on_old["existing_cluster_id"] = edit["cluster_id"];
        on_new["new_cluster"] = with(cluster, libraries);
        for (const auto& [target, body] : std::vector<std::pair<std::string, Json>>{
                 {"/api/2.1/clusters/create", with(cluster, libraries)},
                 {"/api/2.1/clusters/edit", with(edit, libraries)},
                 {"/api/2.1/jobs/create", {{"name", "j"}, {"tasks", {on_old}}}},
                 {"/api/2.1/jobs/create", {{"name", "j"}, {"tasks", {on_new}}}},
                 {"/api/2.1/jobs/runs/submit", {{"run_name", "j"}, {"tasks", {on_old}}}}}) {
            const HttpAnswer answer = post(target, body, bob);
            EXPECT_EQ(answer.status, 403) << target << body << answer.body;
            EXPECT_NE(answer.body.find("does not have View permission on path"), std::string::npos) << answer.body;
        }
    }
}

}  // namespace
}  // namespace stoker::test
