#include <gtest/gtest.h>

#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

class RunToEndTest : public WorkerTest {};

TEST_F(RunToEndTest, ANotebookLeavesWithItsValue) {
    start_worker();
    const RunId run_id = run_notebook("dbutils.notebook.exit(dbutils.widgets.get('text') + '!')", nullptr,
                                      R"({"notebook_params":{"text":"from the run"}})");
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(result(run_id), "from the run!");
    EXPECT_NE(sql.one("SELECT notebook FROM task_outputs"), "");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 0);
    EXPECT_NE(sql.one("SELECT isolation->>'os_user' FROM workers"), "");
}

TEST_F(RunToEndTest, ANotebookThatRaisesIsFailed) {
    start_worker();
    const RunId run_id = run_notebook("raise ValueError('no such thing')");
    wait_for_end(run_id);
    const auto tried = last_try(run_id, "only");
    EXPECT_EQ(state(tried), "TERMINATED FAILED");
    EXPECT_EQ(tried.state_message, "Workload failed, see run output for details");
    EXPECT_EQ(tried.termination_code, "RUN_EXECUTION_ERROR");
    EXPECT_NE(error(run_id).find("no such thing"), std::string::npos);
}

TEST_F(RunToEndTest, ANotebookThatIsNotThereIsNamed) {
    start_worker();
    const RunId run_id = run_notebook("1", [](db::JobTask& task) {
        task.definition = R"({"task_key":"only","notebook_task":{"notebook_path":"/Users/nowhere"}})";
        task.source_path = "/Users/nowhere";
    });
    wait_for_end(run_id);
    const auto tried = last_try(run_id, "only");
    EXPECT_EQ(state(tried), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(tried.state_message, "Unable to access the notebook \"/Users/nowhere\" in the workspace");
    EXPECT_EQ(tried.termination_code, "RESOURCE_NOT_FOUND");
}

TEST_F(RunToEndTest, AnUnknownTaskTypeIsNamed) {
    start_worker();
    const RunId run_id =
        run_notebook("1", [](db::JobTask& task) { task.definition = R"({"task_key":"only","pipeline_task":{}})"; });
    wait_for_end(run_id);
    EXPECT_NE(last_try(run_id, "only").state_message.find("pipeline_task"), std::string::npos);
    EXPECT_EQ(last_try(run_id, "only").termination_code, "INVALID_RUN_CONFIGURATION");
}

TEST_F(RunToEndTest, AKernelThatDiesIsNamedByItsSignal) {
    start_worker();
    const RunId run_id = run_notebook("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)");
    wait_for_end(run_id);
    EXPECT_EQ(state(last_try(run_id, "only")), "TERMINATED FAILED");
    EXPECT_NE(last_try(run_id, "only").state_message.find("SIGSEGV"), std::string::npos);
}

TEST_F(RunToEndTest, AFailureIsTriedAgainAsOftenAsTheTaskSays) {
    start_worker();
    const RunId run_id = run_notebook("1 / 0", [](db::JobTask& task) { task.max_retries = 2; });
    wait_for_end(run_id);
    EXPECT_EQ(tries(run_id, "only").size(), 3u);
}

TEST_F(RunToEndTest, MoreRunsThanSlotsAllEnd) {
    start_worker();
    std::vector<RunId> run_ids;
    for (int i = 0; i < 12; ++i) run_ids.push_back(run_notebook("dbutils.notebook.exit(1)"));
    for (const RunId run_id : run_ids) wait_for_end(run_id);
    for (const RunId run_id : run_ids) EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(RunToEndTest, ANotebookCallsAnotherInItsOwnSlot) {
    launch_.slots = 1;
    start_worker();
    put_notebook("/Shared/child", "dbutils.notebook.exit('hello ' + dbutils.widgets.get('name'))");
    const RunId run_id =
        run_notebook("dbutils.notebook.exit(dbutils.notebook.run('/Shared/child', 60, {'name': 'child'}))");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "hello child") << error(run_id);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE run_type = 'WORKFLOW_RUN' AND result_state = 'SUCCESS'"), 1);
    const RunId missing = run_notebook("dbutils.notebook.run('/Users/nowhere', 60)");
    wait_for_end(missing);
    EXPECT_NE(error(missing).find("nowhere"), std::string::npos);
}

TEST_F(RunToEndTest, NothingOfTheWorkersOwnReachesANotebook) {
    start_worker();
    const RunId run_id =
        run_notebook("import os\ndbutils.notebook.exit(' '.join(f'{k}={v}' for k, v in os.environ.items()))");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id).find("hidden"), std::string::npos);
    EXPECT_EQ(result(run_id).find("worker-password"), std::string::npos);
    EXPECT_NE(result(run_id).find("MLFLOW_TRACKING_URI=http://127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace stoker::test
