#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

class ResolvedValuesTest : public ApiTest {
  protected:
    /// The second task's, of a run whose second task waits for the first.
    Json resolved(RunId run_id) {
        const Json run = get("/api/2.2/jobs/runs/get?include_resolved_values=true&run_id=" + to_string(run_id)).json();
        return run["tasks"][1].value("resolved_values", Json());
    }
};

TEST_F(ResolvedValuesTest, AreShownOnceAllHaveAValue) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    settings["tasks"][1]["depends_on"] = Json::array({{{"task_key", "only"}}});
    settings["tasks"][1]["notebook_task"]["base_parameters"] = {{"fixed", "x"},
                                                                {"run", "{{job.run_id}}"},
                                                                {"of_first", "{{tasks.only.values.k}}"},
                                                                {"at", "{{workspace.url}}"}};
    const RunId run_id = run_now(create_job(settings));
    EXPECT_EQ(resolved(run_id), Json());
    const auto claimed = claim_one();
    begin(claimed);
    worker.run_blocking([&](db::Transaction& tx) { return db::set_task_value(tx, lease(claimed), "k", "\"v\""); });
    finish(success(claimed));
    EXPECT_EQ(
        resolved(run_id),
        (Json{{"notebook_task",
               {{"base_parameters",
                 {{"fixed", "x"}, {"run", to_string(run_id)}, {"of_first", "v"}, {"at", "http://test.local"}}}}}}));
}

TEST_F(ResolvedValuesTest, AreThoseOfTheTaskWhereItRefersToNothing) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    settings["tasks"][1]["notebook_task"]["base_parameters"] = {{"fixed", "x"}};
    const RunId run_id = run_now(create_job(settings));
    EXPECT_EQ(resolved(run_id), (Json{{"notebook_task", {{"base_parameters", {{"fixed", "x"}}}}}}));
    const Json plain = get("/api/2.2/jobs/runs/get?run_id=" + to_string(run_id)).json();
    EXPECT_FALSE(plain["tasks"][1].contains("resolved_values"));
}
}  // namespace
}  // namespace stoker::test
