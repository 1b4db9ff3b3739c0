#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

class RunBatchesTest : public ApiTest {
  protected:
    HttpAnswer run_batch(JobId job_id, const Json& runs, const std::string& headers = "") {
        return post("/api/stoker/v1/jobs/" + to_string(job_id) + "/run-batch", {{"runs", runs}}, headers);
    }
    JobId wide_job() {
        Json settings = notebook_job();
        settings["max_concurrent_runs"] = 100;
        return create_job(settings);
    }
};

TEST_F(RunBatchesTest, EachSetOfParametersIsARun) {
    const JobId job_id = wide_job();
    const Json answer =
        run_batch(job_id, {{{"notebook_params", {{"day", "1"}}}}, {{"job_parameters", {{"day", "2"}}}}, Json::object()})
            .json();
    ASSERT_EQ(answer["runs"].size(), 3u) << answer;
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 3u);
    EXPECT_EQ(claimed[0].job_run_id.value, answer["runs"][0]["run_id"]);
    EXPECT_EQ(Json::parse(claimed[0].overriding_parameters)["notebook_params"]["day"], "1");
    EXPECT_EQ(Json::parse(claimed[1].job_parameters)[0]["value"], "2");
}

TEST_F(RunBatchesTest, ATokenThatIsKnownGivesTheRunItNames) {
    const JobId job_id = wide_job();
    const Json runs{{{"idempotency_token", "a"}}, {{"idempotency_token", "b"}}};
    const Json first = run_batch(job_id, runs).json();
    const Json again = run_batch(job_id, {{{"idempotency_token", "c"}}, {{"idempotency_token", "a"}}}).json();
    EXPECT_EQ(again["runs"][1]["run_id"], first["runs"][0]["run_id"]);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 3);
}

TEST_F(RunBatchesTest, AllOrNone) {
    const JobId job_id = wide_job();
    const Json one = Json::array({Json::object()});
    const HttpAnswer answer =
        run_batch(job_id, {Json::object(), {{"notebook_params", {{"a", "b"}}}, {"jar_params", {"x"}}}});
    EXPECT_EQ(answer.json()["message"], "runs[1].jar_params: cannot be combined with notebook_params.");
    EXPECT_EQ(run_batch(job_id, Json::array()).json()["message"], "runs: the field is required.");
    EXPECT_EQ(run_batch(job_id, Json::array({5})).json()["error_code"], "INVALID_PARAMETER_VALUE");
    EXPECT_EQ(run_batch(job_id, std::vector<Json>(1001, Json::object())).json()["message"],
              "runs: more than 1000 items.");
    EXPECT_EQ(run_batch(JobId{7}, one).json()["message"], "Job 7 does not exist.");
    EXPECT_EQ(run_batch(job_id, one, bearer(token_of("bob@example.com", false))).status, 403);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 0);
}

TEST_F(RunBatchesTest, AllOutputsOfARunComeInOneAnswer) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    settings["tasks"][1]["depends_on"] = {{{"task_key", "only"}}};
    const RunId run_id = run_now(create_job(settings));
    const std::string target = "/api/stoker/v1/runs/" + to_string(run_id) + "/outputs";
    finish_one("of the first");
    Json answer = get(target).json();
    ASSERT_EQ(answer["outputs"].size(), 2u) << answer;
    EXPECT_EQ(answer["outputs"][0]["notebook_output"]["result"], "of the first");
    EXPECT_EQ(answer["outputs"][1]["task_key"], "second");
    EXPECT_FALSE(answer["outputs"][1].contains("notebook_output"));
    finish_one("of the second");
    answer = get(target, "Prefer: wait=5\r\n").json();
    EXPECT_EQ(answer["outputs"][1]["notebook_output"]["result"], "of the second");
    EXPECT_EQ(answer["state"]["result_state"], "SUCCESS");
    EXPECT_EQ(get(target, bearer(token_of("bob@example.com", false))).status, 403);
    EXPECT_EQ(get("/api/stoker/v1/runs/7/outputs").json()["message"], "Run 7 does not exist.");
    EXPECT_EQ(get("/api/stoker/v1/runs/seven/outputs").status, 400);
}

TEST_F(RunBatchesTest, APageOfOutputsEndsWhereItGrowsLong) {
    Json settings = notebook_job();
    for (const char* key : {"second", "third", "fourth"}) {
        settings["tasks"].push_back(settings["tasks"][0]);
        settings["tasks"].back()["task_key"] = key;
    }
    const RunId run_id = run_now(create_job(settings));
    for (const auto& claimed : claim()) finish(success(claimed));
    // One that is longer than a page may be, then two that fit in one.
    sql.run(
        "UPDATE task_outputs o SET result = repeat('x', CASE task_key WHEN 'only' THEN 17000000 ELSE 6000000 END) "
        "FROM task_runs t WHERE t.run_id = o.run_id");
    std::vector<std::string> pages;
    std::string page_token;
    do {
        const Json page = get("/api/stoker/v1/runs/" + to_string(run_id) + "/outputs?page_token=" + page_token).json();
        std::string& told = pages.emplace_back();
        for (const Json& output : page["outputs"]) {
            EXPECT_GE(output["notebook_output"]["result"].get_ref<const std::string&>().size(), 6'000'000u);
            told += (told.empty() ? "" : " ") + output["task_key"].get<std::string>();
        }
        page_token = page.value("next_page_token", "");
    } while (!page_token.empty() && pages.size() < 5);
    EXPECT_EQ(pages, (std::vector<std::string>{"only", "second third", "fourth"}));
}

TEST_F(RunBatchesTest, CancelAllEndsTheRunsOfAJob) {
    const JobId job_id = wide_job(), other = wide_job();
    run_batch(job_id, std::vector<Json>(5, Json::object()));
    run_now(other);
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel-all", {{"job_id", job_id.value}}).body, "{}");
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE result_state = 'CANCELED'"), 5);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE end_time = 0"), 1);
}

TEST_F(RunBatchesTest, CancelAllMayLeaveWhatHasBegun) {
    Json settings = notebook_job();
    settings["queue"] = {{"enabled", true}};
    const JobId job_id = create_job(settings);
    run_batch(job_id, std::vector<Json>(3, Json::object()));
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel-all", {{"job_id", job_id.value}, {"all_queued_runs", true}}).status, 200);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE result_state = 'CANCELED'"), 2);
    const std::string bob = bearer(token_of("bob@example.com", false));
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel-all", {{"all_queued_runs", true}}, bob).status, 403);
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel-all", Json::object()).json()["message"],
              "job_id: the field is required unless all_queued_runs is true.");
    EXPECT_EQ(post("/api/2.1/jobs/runs/cancel-all", {{"job_id", 7}}).json()["message"], "Job 7 does not exist.");
}

TEST_F(RunBatchesTest, OnlySomeTasksMayRun) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    settings["tasks"][1]["depends_on"] = {{{"task_key", "only"}}};
    const JobId job_id = create_job(settings);
    const RunId run_id = run_now(job_id, {{"only", {"second"}}});
    EXPECT_EQ(claim_one().task_key, "second");
    EXPECT_EQ(get("/api/2.2/jobs/runs/get?run_id=" + to_string(run_id)).json()["tasks"].size(), 1u);
    EXPECT_EQ(post("/api/2.1/jobs/run-now", {{"job_id", job_id.value}, {"only", {"z"}}}).json()["message"],
              "only[0]: 'z' is not a task of the job.");
}
}  // namespace
}  // namespace stoker::test
