#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

std::string notebook_of(const std::string& printed) {
    const Json output{{"output_type", "stream"}, {"name", "stdout"}, {"text", printed}};
    const Json cell{{"cell_type", "code"}, {"source", "print()"}, {"execution_count", 1}, {"outputs", {output}}};
    return Json{{"cells", {cell}}, {"nbformat", 4}, {"nbformat_minor", 5}}.dump();
}

class RunsExportTest : public ApiTest {
  protected:
    static Json two_notebooks() {
        Json settings = notebook_job();
        settings["tasks"].push_back(settings["tasks"][0]);
        settings["tasks"][1]["task_key"] = "second";
        settings["tasks"][1]["notebook_task"]["notebook_path"] = "/Shared/etl/load";
        return settings;
    }
    void end(const db::ClaimedTaskRun& claimed, std::optional<std::string> notebook) {
        auto outcome = success(claimed);
        outcome.notebook = std::move(notebook);
        finish(outcome);
    }
    HttpAnswer exported(RunId run_id, const std::string& more = "") {
        return get("/api/2.1/jobs/runs/export?run_id=" + to_string(run_id) + more);
    }
};

TEST_F(RunsExportTest, AViewForTheNotebookOfARun) {
    const RunId run_id = run_now(create_job());
    EXPECT_EQ(exported(run_id).json(), (Json{{"views", Json::array()}}));
    const auto claimed = claim_one();
    end(claimed, notebook_of("from the run"));
    for (const RunId named : {run_id, claimed.run_id}) {
        const Json views = exported(named).json()["views"];
        ASSERT_EQ(views.size(), 1u) << named.value;
        EXPECT_EQ(views[0]["name"], "n");
        EXPECT_EQ(views[0]["type"], "NOTEBOOK");
        const std::string content = views[0]["content"];
        EXPECT_TRUE(content.starts_with("<!DOCTYPE html>"));
        EXPECT_NE(content.find("from the run"), std::string::npos);
        EXPECT_NE(content.find("<dd>" + to_string(claimed.run_id) + "</dd>"), std::string::npos);
    }
}

TEST_F(RunsExportTest, EveryVersionServesIt) {
    const RunId run_id = run_now(create_job());
    end(claim_one(), notebook_of("x"));
    for (const char* version : {"2.0", "2.1", "2.2"})
        EXPECT_EQ(get(std::string("/api/") + version + "/jobs/runs/export?run_id=" + to_string(run_id))
                      .json()["views"]
                      .size(),
                  1u)
            << version;
}

TEST_F(RunsExportTest, AViewForEachTaskThatHasRun) {
    const RunId run_id = run_now(create_job(two_notebooks()));
    const auto claimed = claim(2);
    ASSERT_EQ(claimed.size(), 2u);
    const std::size_t second = claimed[0].task_key == "second" ? 0 : 1;
    end(claimed[second], notebook_of("of the second"));
    Json views = exported(run_id).json()["views"];
    ASSERT_EQ(views.size(), 1u);
    EXPECT_EQ(views[0]["name"], "load");
    end(claimed[1 - second], std::nullopt);  // it ended before its notebook began
    EXPECT_EQ(exported(run_id).json()["views"], views);
    EXPECT_EQ(exported(claimed[1 - second].run_id).json()["views"], Json::array());
}

TEST_F(RunsExportTest, OfARetriedTaskTheLastAttempt) {
    Json settings = notebook_job();
    settings["tasks"][0]["max_retries"] = 1;
    const RunId run_id = run_now(create_job(settings));
    const auto first = claim_one();
    auto failed = failure(first);
    failed.notebook = notebook_of("the first try");
    finish(failed);
    EXPECT_EQ(exported(run_id).json()["views"], Json::array());  // the last has not ended
    end(claim_one(), notebook_of("the second try"));
    const Json views = exported(run_id).json()["views"];
    ASSERT_EQ(views.size(), 1u);
    EXPECT_NE(views[0]["content"].get<std::string>().find("the second try"), std::string::npos);
    EXPECT_NE(exported(first.run_id).body.find("the first try"), std::string::npos);
}

TEST_F(RunsExportTest, ViewsToExport) {
    const RunId run_id = run_now(create_job());
    end(claim_one(), notebook_of("x"));
    EXPECT_EQ(exported(run_id, "&views_to_export=ALL").json()["views"].size(), 1u);
    EXPECT_EQ(exported(run_id, "&views_to_export=CODE").json()["views"].size(), 1u);
    EXPECT_EQ(exported(run_id, "&views_to_export=DASHBOARDS").body, R"({"views":[]})");
    const HttpAnswer refused = exported(run_id, "&views_to_export=EVERYTHING");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json()["message"], "views_to_export: expected CODE, DASHBOARDS or ALL, got 'EVERYTHING'.");
}

TEST_F(RunsExportTest, RefusesWhatIsNoNotebook) {
    const RunId run_id = run_now(create_job());
    sql.run(R"(UPDATE job_tasks SET definition = '{"task_key":"only","spark_python_task":{"python_file":"/a.py"}}')");
    const HttpAnswer answer = exported(run_id);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["error_code"], "INVALID_PARAMETER_VALUE");
    EXPECT_EQ(answer.json()["message"],
              "Run " + to_string(run_id) + " has no notebook task; only runs of notebooks can be exported.");
}

TEST_F(RunsExportTest, RefusesWhatIsTooLongForAPage) {
    const RunId run_id = run_now(create_job(two_notebooks()));
    const std::string long_one = notebook_of(std::string(9 * 1024 * 1024, '&'));  // five times as long, as HTML
    const auto claimed = claim(2);
    for (const auto& task_run : claimed) end(task_run, long_one);
    EXPECT_EQ(
        exported(run_id).json()["message"],
        "Run " + to_string(run_id) + ": the notebooks take more than 64 MB as HTML; export the task runs one by one.");
    EXPECT_EQ(exported(claimed[0].run_id).status, 200);
}

TEST_F(RunsExportTest, IsForThoseWhoMaySeeTheRun) {
    const RunId run_id = run_now(create_job());
    const std::string eve = bearer(token_of("eve@example.com", false));
    EXPECT_EQ(get("/api/2.1/jobs/runs/export?run_id=" + to_string(run_id), eve).status, 403);
    EXPECT_EQ(exported(RunId{4711}).json()["message"], "Run 4711 does not exist.");
    EXPECT_EQ(get("/api/2.1/jobs/runs/export").json()["error_code"], "INVALID_PARAMETER_VALUE");
}

}  // namespace
}  // namespace stoker::test
