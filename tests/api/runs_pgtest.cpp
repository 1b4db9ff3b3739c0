#include <future>
#include <thread>

#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
class RunsApiTest : public ApiTest {};

TEST_F(RunsApiTest, TheStory) {
    const JobId job_id = create_job();
    const RunId run_id = run_now(job_id, {{"notebook_params", {{"text", "hello"}}}});

    HttpAnswer output = get("/api/2.1/jobs/runs/get-output?run_id=" + to_string(run_id));
    ASSERT_EQ(output.status, 200) << output.body;
    EXPECT_FALSE(output.json().contains("notebook_output"));
    EXPECT_EQ(output.json()["metadata"]["state"]["life_cycle_state"], "PENDING");

    finish_one(R"({"status":"OK"})");
    output = get("/api/2.1/jobs/runs/get-output?run_id=" + to_string(run_id));
    ASSERT_EQ(output.status, 200) << output.body;
    EXPECT_EQ(output.json()["notebook_output"]["result"], R"({"status":"OK"})");
    EXPECT_EQ(output.json()["notebook_output"]["truncated"], false);
    EXPECT_EQ(output.json()["metadata"]["state"]["result_state"], "SUCCESS");

    const Json run = get("/api/2.2/jobs/runs/get?run_id=" + to_string(run_id)).json();
    EXPECT_EQ(run["state"]["life_cycle_state"], "TERMINATED");
    EXPECT_EQ(run["status"]["termination_details"]["code"], "SUCCESS");
    EXPECT_EQ(run["overriding_parameters"]["notebook_params"]["text"], "hello");
    ASSERT_EQ(run["tasks"].size(), 1u);
    EXPECT_EQ(run["tasks"][0]["task_key"], "only");
    EXPECT_TRUE(run["tasks"][0]["start_time"].is_number());
    EXPECT_FALSE(run.contains("next_page_token"));
    const std::string task_run = run["tasks"][0]["run_id"].dump();
    EXPECT_EQ(get("/api/2.1/jobs/runs/get-output?run_id=" + task_run).json()["notebook_output"]["result"],
              R"({"status":"OK"})");
    EXPECT_EQ(get("/api/2.1/jobs/runs/get?run_id=" + task_run).json()["job_run_id"], run_id.value);
}

TEST_F(RunsApiTest, PreferWaitAnswersWithTheOutputInOneCall) {
    const JobId job_id = create_job();
    auto answer = std::async(std::launch::async, [&] {
        return post("/api/2.1/jobs/run-now", {{"job_id", job_id.value}}, "Prefer: wait=15\r\n");
    });
    std::vector<db::ClaimedTaskRun> claimed;
    while (claimed.empty()) claimed = claim(1);
    auto outcome = success(claimed.front());
    outcome.result = "done";
    finish(outcome);  // no NOTIFY: the sweep finds it
    const HttpAnswer waited = answer.get();
    ASSERT_EQ(waited.status, 200) << waited.body;
    EXPECT_EQ(waited.headers.at("preference-applied"), "wait=15");
    EXPECT_EQ(waited.json()["notebook_output"]["result"], "done");
    EXPECT_EQ(waited.json()["state"]["result_state"], "SUCCESS");
    EXPECT_EQ(waited.json()["tasks"][0]["task_key"], "only");
    EXPECT_EQ(waited.json()["number_in_job"], waited.json()["run_id"]);
}

TEST_F(RunsApiTest, ANotifyEndsAWaitOnGetOutput) {
    const RunId run_id = run_now(create_job());
    auto answer = std::async(std::launch::async, [&] {
        return get("/api/2.1/jobs/runs/get-output?run_id=" + to_string(run_id), "Prefer: wait=15\r\n");
    });
    finish_one("woken");
    EXPECT_EQ(answer.get().json()["notebook_output"]["result"], "woken");
}

TEST_F(RunsApiTest, AWaitThatRunsOutAnswersThePresentState) {
    const RunId run_id = run_now(create_job());
    const HttpAnswer answer = get("/api/2.1/jobs/runs/get?run_id=" + to_string(run_id), "Prefer: wait=1\r\n");
    EXPECT_EQ(answer.json()["state"]["life_cycle_state"], "PENDING");
    EXPECT_EQ(answer.headers.at("preference-applied"), "wait=1");
}

TEST_F(RunsApiTest, StoppingEndsWaitsWithThePresentState) {
    const RunId run_id = run_now(create_job());
    HttpConnection connection(api.port());
    connection.send("GET /api/2.1/jobs/runs/get?run_id=" + to_string(run_id) + " HTTP/1.1\r\nHost: h\r\n" +
                    bearer(token) + "Prefer: wait=20\r\n\r\n");
    // The server has the request once a second connection is answered.
    EXPECT_EQ(get("/api/2.1/jobs/runs/get?run_id=" + to_string(run_id)).status, 200);
    api.stop();
    const HttpAnswer answer = connection.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("connection"), "close");
}

TEST_F(RunsApiTest, SubmitsAtTheSameMomentMakeOneJob) {
    // Another submit with the token is under way: its transaction is open.
    Sql other(database.owner_dsn());
    other.run(std::string("BEGIN; INSERT INTO idempotency_tokens VALUES ('") + kUser + "', 'at once', 77)");
    auto answer = std::async(std::launch::async, [&] {
        return post("/api/2.1/jobs/runs/submit",
                    {{"idempotency_token", "at once"}, {"tasks", notebook_job()["tasks"]}});
    });
    while (sql.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) std::this_thread::yield();
    other.run("COMMIT");
    EXPECT_EQ(answer.get().json()["run_id"], 77);
    EXPECT_EQ(sql.number("SELECT count(*) FROM jobs"), 0);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 0);
}

TEST_F(RunsApiTest, AnIdempotencyTokenStartsOneRun) {
    const JobId job_id = create_job();
    EXPECT_EQ(run_now(job_id, {{"idempotency_token", "t"}}), run_now(job_id, {{"idempotency_token", "t"}}));
    Json submit{{"run_name", "once"}, {"idempotency_token", "u"}, {"tasks", notebook_job()["tasks"]}};
    const Json first = post("/api/2.2/jobs/runs/submit", submit).json();
    EXPECT_EQ(sql.one("SELECT run_type FROM runs WHERE run_id = " + first["run_id"].dump()), "SUBMIT_RUN");
    const std::int64_t jobs = sql.number("SELECT count(*) FROM jobs");
    EXPECT_EQ(post("/api/2.2/jobs/runs/submit", submit).json(), first);
    EXPECT_EQ(sql.number("SELECT count(*) FROM jobs"), jobs);
}

TEST_F(RunsApiTest, TheTokenOfADeletedRunIsRefused) {
    const JobId job_id = create_job();
    const Json token{{"job_id", job_id.value}, {"idempotency_token", "t"}};
    const Json submit{{"idempotency_token", "s"}, {"tasks", notebook_job()["tasks"]}};
    const std::string batch = "/api/stoker/v1/jobs/" + to_string(job_id) + "/run-batch";
    post("/api/2.2/jobs/run-now", token);
    post("/api/2.2/jobs/runs/submit", submit);
    for (const auto& claimed : claim()) finish(success(claimed));
    for (const std::string& id : sql.column("SELECT run_id FROM runs"))
        ASSERT_EQ(post("/api/2.2/jobs/runs/delete", {{"run_id", id}}).status, 200);
    const std::int64_t runs = sql.number("SELECT count(*) FROM runs");
    const Json twice{{"runs", {Json::object(), {{"idempotency_token", "t"}}}}};
    for (const HttpAnswer& answer :
         {post("/api/2.2/jobs/run-now", token), post("/api/2.2/jobs/runs/submit", submit), post(batch, twice)}) {
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with("idempotency_token: the run of this token"))
            << answer.body;
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), runs);
}

TEST_F(RunsApiTest, AFlatSubmitNamesItsTaskLikeTheRun) {
    const Json flat{{"run_name", "0cc175b9c0f1b6a831c399e269772661"},
                    {"existing_cluster_id", kCluster},
                    {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
    const std::string run_id = post("/api/2.2/jobs/runs/submit", flat).json()["run_id"].dump();
    const Json run = get("/api/2.2/jobs/runs/get?run_id=" + run_id).json();
    EXPECT_EQ(run["tasks"][0]["task_key"], flat["run_name"]);
    EXPECT_EQ(run["run_type"], "SUBMIT_RUN");
    const Json old_shape = get("/api/2.0/jobs/runs/get?run_id=" + run_id).json();
    EXPECT_FALSE(old_shape.contains("tasks"));
    EXPECT_EQ(old_shape["task"]["notebook_task"]["notebook_path"], "/Shared/n");
    EXPECT_EQ(old_shape["cluster_spec"]["existing_cluster_id"], kCluster);
    EXPECT_FALSE(get("/api/2.1/jobs/list").json().contains("jobs"));
}

TEST_F(RunsApiTest, AFailedFlatRunEndsAlikeInEveryAnswer) {
    const Json flat{{"run_name", "flat"},
                    {"existing_cluster_id", kCluster},
                    {"idempotency_token", "once"},
                    {"notebook_task", {{"notebook_path", "/Shared/n"}}}};
    const std::string run_id = post("/api/2.1/jobs/runs/submit", flat).json()["run_id"].dump();
    finish(failure(claim_one()));
    const std::string wait = "Prefer: wait=5\r\n";
    auto end_of = [](const Json& answer) { return answer["state"]["life_cycle_state"].get<std::string>(); };
    auto get_run = [&](const std::string& version) {
        return get("/api/" + version + "/jobs/runs/get?include_history=true&run_id=" + run_id).json();
    };
    for (const std::string version : {"2.1", "2.2"}) {
        EXPECT_EQ(end_of(get_run(version)), "INTERNAL_ERROR") << version;
        EXPECT_EQ(end_of(get_run(version)["repair_history"][0]), "INTERNAL_ERROR") << version;
        const Json waited = post("/api/" + version + "/jobs/runs/submit", flat, wait).json();
        EXPECT_EQ(end_of(waited), "INTERNAL_ERROR") << version;
        EXPECT_EQ(end_of(waited["tasks"][0]), "TERMINATED") << version;
    }
    EXPECT_EQ(end_of(get("/api/stoker/v1/runs/" + run_id + "/outputs").json()), "INTERNAL_ERROR");
    const std::string events = get("/api/stoker/v1/runs/" + run_id + "/events").body;
    const std::string end = events.substr(events.find("event: end"));
    EXPECT_NE(end.find("INTERNAL_ERROR"), std::string::npos) << events;
    // 2.0 shows no tasks: there the run stands for its task.
    EXPECT_EQ(end_of(get_run("2.0")), "TERMINATED");
    EXPECT_EQ(end_of(get_run("2.0")["repair_history"][0]), "TERMINATED");
    EXPECT_EQ(end_of(post("/api/2.0/jobs/runs/submit", flat, wait).json()), "TERMINATED");
}

TEST_F(RunsApiTest, OutputOfSeveralTasksNamesTheTaskRuns) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    settings["tasks"][1]["depends_on"] = {{{"task_key", "only"}}};
    const RunId run_id = run_now(create_job(settings));
    const HttpAnswer answer = get("/api/2.1/jobs/runs/get-output?run_id=" + to_string(run_id));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["error_code"], "INVALID_PARAMETER_VALUE");
    const std::string message = answer.json()["message"];
    EXPECT_TRUE(message.starts_with(
        "Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of "
        "each individual task run instead."))
        << message;
    EXPECT_NE(message.find("second: "), std::string::npos);
}

TEST_F(RunsApiTest, ACancelledRunEndsAndCanBeDeleted) {
    const RunId run_id = run_now(create_job());
    const Json body{{"run_id", run_id.value}};
    EXPECT_EQ(post("/api/2.1/jobs/runs/delete", body).json()["error_code"], "INVALID_STATE");
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel", body).body, "{}");
    const Json run = get("/api/2.1/jobs/runs/get?run_id=" + to_string(run_id)).json();
    EXPECT_EQ(run["state"]["result_state"], "CANCELED");
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel", body).status, 200);
    EXPECT_EQ(post("/api/2.1/jobs/runs/delete", body).status, 200);
    const HttpAnswer gone = get("/api/2.1/jobs/runs/get?run_id=" + to_string(run_id));
    EXPECT_EQ(gone.status, 400);
    EXPECT_EQ(gone.json()["message"], "Run " + to_string(run_id) + " does not exist.");
}

TEST_F(RunsApiTest, ARunThatIsOverIsKeptUntilItsDeletionIsTold) {
    const JobId job_id = create_job();
    const auto ended_run = [&] {
        const RunId run_id = run_now(job_id);
        finish_one("done");
        return "/api/2.1/jobs/runs/get?run_id=" + to_string(run_id);
    };
    const auto id_of = [](const std::string& target) { return target.substr(target.find('=') + 1); };
    const auto delete_as_another_server = [&](const std::string& target) {
        sql.run("UPDATE runs SET deleted = true WHERE run_id = " + id_of(target));
    };
    const auto gone_once_told = [&](const std::string& target) {
        int asked = 0;
        for (; get(target).status == 200 && asked < 10'000; ++asked)
            sql.run("NOTIFY stoker_runs, '" + id_of(target) + "'");
        return asked < 10'000;
    };
    const std::string target = ended_run(), later = ended_run();
    EXPECT_EQ(get(later).status, 200);
    delete_as_another_server(later);
    EXPECT_TRUE(gone_once_told(later));
    // The server has heard of the end of the later run, so of this one's too: nothing is under way that it would forget
    // by.
    const std::string first = get(target).body;
    delete_as_another_server(target);
    EXPECT_EQ(get(target).body, first);
    EXPECT_TRUE(gone_once_told(target));
}

TEST_F(RunsApiTest, RunNowSeesAJobThatAnotherServerChanged) {
    const JobId job_id = create_job();
    const std::string eve = bearer(token_of("eve@example.com", false));
    const Json body{{"job_id", job_id.value}};
    run_now(job_id);  // from here on the server remembers the job
    finish_one("");
    EXPECT_EQ(post("/api/2.1/jobs/run-now", body, eve).status, 403);
    sql.run(
        "UPDATE jobs SET job_version = 2, creator_user_name = 'eve@example.com'; UPDATE job_tasks SET job_version = 2;"
        "UPDATE job_versions SET job_version = 2");
    EXPECT_EQ(post("/api/2.1/jobs/run-now", body, eve).status, 200);
    finish_one("");
    sql.run(
        "UPDATE jobs SET job_version = 3; UPDATE job_tasks SET job_version = 3; "
        "UPDATE job_versions SET job_version = 3");
    const HttpAnswer again = post("/api/2.1/jobs/run-now", body);
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(sql.number("SELECT max(job_version) FROM runs"), 3);
}

TEST_F(RunsApiTest, ListsPageByKeyAndByOffset) {
    const JobId job_id = create_job();
    std::vector<std::int64_t> runs;
    for (int i = 0; i < 5; ++i) runs.insert(runs.begin(), run_now(job_id).value);
    std::vector<std::int64_t> seen;
    std::string page;
    do {
        const Json answer = get("/api/2.1/jobs/runs/list?limit=2&page_token=" + page).json();
        for (const Json& run : answer["runs"]) seen.push_back(run["run_id"]);
        EXPECT_EQ(answer["has_more"].get<bool>(), answer.contains("next_page_token"));
        page = answer.value("next_page_token", "");
    } while (!page.empty());
    EXPECT_EQ(seen, runs);
    EXPECT_EQ(get("/api/2.1/jobs/runs/list?offset=4").json()["runs"].size(), 1u);
    EXPECT_EQ(get("/api/2.1/jobs/runs/list?limit=26").json()["error_code"], "INVALID_PARAMETER_VALUE");
    EXPECT_EQ(get("/api/2.1/jobs/runs/list?page_token=nonsense").status, 400);
}

api::Settings long_trust() {
    api::Settings settings;
    settings.principal_ttl = std::chrono::hours(1);
    return settings;
}
/// Only NOTIFY makes this server forget a principal.
class TrustTest : public ApiTest {
  protected:
    TrustTest() : ApiTest(long_trust()) {}
};

TEST_F(TrustTest, ARunTokenWorksWhileItsRunLives) {
    const RunId run_id = run_now(create_job());
    const std::string run_token = sql.one("SELECT kernel_token FROM runs WHERE run_id = " + to_string(run_id));
    EXPECT_EQ(get("/api/2.0/preview/scim/v2/Me", bearer(run_token)).json()["userName"], kUser);
    finish_one("");
    HttpAnswer answer;
    for (int i = 0; i < 5000 && answer.status != 403; ++i)
        answer = get("/api/2.0/preview/scim/v2/Me", bearer(run_token));
    EXPECT_EQ(answer.status, 403);
}
}  // namespace
}  // namespace stoker::test
