#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/sql.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

namespace fs = std::filesystem;

class InitScriptsTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        sql.run("UPDATE clusters SET state = 'PENDING'");
    }
    void script(const std::string& name, const std::string& text) {
        std::ofstream(shared_file(name)) << text << "\n";
        scripts_.push_back({{"dbfs", {{"destination", "dbfs:/" + name}}}});
        launch_.init_scripts = scripts_.dump();
    }
    void workspace_script(const std::string& text) {
        sql.run(
            "INSERT INTO workspace_objects (path, parent, object_type, content, creator_user_name, created_at, "
            "modified_at) VALUES ('/Shared/setup.sh', '/Shared', 'FILE', '" +
            text + "', 'bob', 1, 1)");
        launch_.run_as_user_name = kUser;
        scripts_.push_back({{"workspace", {{"destination", "/Shared/setup.sh"}}}});
        launch_.init_scripts = scripts_.dump();
    }
    std::string event(const std::string& type, const std::string& path) {
        return sql.one("SELECT details #>> '" + path + "' FROM cluster_events WHERE type = '" + type + "'");
    }
    std::string logged(const std::string& script) {
        for (const auto& entry : fs::directory_iterator(folder_ / "logs" / kCluster / "init_scripts" / kWorker)) {
            if (entry.path().string().find(script) == std::string::npos) continue;
            std::ifstream stream(entry.path());
            return {std::istreambuf_iterator<char>(stream), {}};
        }
        return "";
    }
    /// The worker leaves by itself.
    void start_in_vain() {
        launch_worker();
        EXPECT_EQ(wait_for_worker(), 1);
    }

  private:
    nlohmann::json scripts_ = nlohmann::json::array();
};

TEST_F(InitScriptsTest, RunInOrderBeforeTheWorkerServesAndMayWriteWhatNotebooksMay) {
    script("first.sh",
           "echo \"$DB_CLUSTER_ID $DB_CLUSTER_NAME $DB_IS_DRIVER $DB_CONTAINER_IP $DB_DRIVER_IP $COLOUR\"\n"
           "echo one > $PWD/order; echo to stderr >&2");
    workspace_script("echo two >> $PWD/order; cat $PWD/order > $STOKER_DBFS_ROOT/seen");
    launch_.spark_env_vars = {{"COLOUR", "green"}};
    start_worker();
    std::ifstream seen(shared_file("seen"));
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(seen), {}), "one\ntwo\n");
    EXPECT_EQ(logged("00_first.sh"), std::string(kCluster) + " test TRUE 127.0.0.1 127.0.0.1 green\nto stderr\n");
    EXPECT_EQ(event("INIT_SCRIPTS_STARTED", "{init_scripts,cluster,1,workspace,destination}"), "/Shared/setup.sh");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,0,status}"), "SUCCEEDED");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,1,status}"), "SUCCEEDED");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,reported_for_node}"), kWorker);
    const RunId run_id = run_notebook("import os\ndbutils.notebook.exit(open('/databricks/order').read())");
    wait_for_end(run_id);
    if (sql.one("SELECT isolation ->> 'dbfs_mounted' FROM workers") == "true") EXPECT_EQ(result(run_id), "one\ntwo\n");
}

TEST_F(InitScriptsTest, ReachNothingOfTheWorkerAndLeaveNothingRunning) {
    script("nosy.sh", "cat " + launch_.dsn_file.string() +
                          " && exit 7\n"
                          "touch " +
                          (folder_ / "mine").string() +
                          " && exit 8\n"
                          "env | grep -i secret && exit 9\n"
                          "setsid sleep 1000 &\n"
                          "echo $! > $STOKER_DBFS_ROOT/left");
    start_worker();
    std::ifstream left(shared_file("left"));
    pid_t pid = 0;
    ASSERT_TRUE(left >> pid);
    EXPECT_NE(kill(pid, 0), 0) << "it lives";
}

TEST_F(InitScriptsTest, OneThatFailsEndsTheClusterWithItsLastLines) {
    script("good.sh", "echo fine");
    script("bad.sh", "echo 'no such package' >&2; exit 3");
    script("never.sh", "touch $STOKER_DBFS_ROOT/never");
    const RunId run_id = run_notebook("1");
    start_in_vain();
    const std::string message =
        "Cluster scoped init script dbfs:/bad.sh failed: Script exit status is non-zero (3). Its last lines:\n"
        "no such package";
    EXPECT_EQ(sql.one("SELECT state_message FROM clusters"), message);
    EXPECT_EQ(sql.one("SELECT termination_reason ->> 'code' FROM clusters"), "INIT_SCRIPT_FAILURE");
    EXPECT_EQ(sql.one("SELECT termination_reason ->> 'type' FROM clusters"), "CLIENT_ERROR");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,0,status}"), "SUCCEEDED");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,1,status}"), "FAILED_EXECUTION");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,1,stderr}"), "no such package");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,2,status}"), "NOT_EXECUTED");
    EXPECT_FALSE(fs::exists(shared_file("never")));
    EXPECT_EQ(state(last_try(run_id, "only")), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(error(run_id), message);
    EXPECT_EQ(sql.one("SELECT termination_code FROM task_runs"), "CLUSTER_ERROR");
}

TEST_F(InitScriptsTest, OneThatIsNotThereFailsByName) {
    launch_.init_scripts = R"([{"dbfs": {"destination": "dbfs:/nowhere.sh"}}])";
    start_in_vain();
    EXPECT_EQ(sql.one("SELECT state_message FROM clusters"),
              "Cluster scoped init script dbfs:/nowhere.sh failed: it cannot be read: the file does not exist.");
    EXPECT_EQ(event("INIT_SCRIPTS_FINISHED", "{init_scripts,cluster,0,status}"), "FAILED_FETCH");
}

TEST_F(InitScriptsTest, AWorkerOfAnEarlierGenerationFailsNothing) {
    script("bad.sh", "exit 1");
    sql.run("UPDATE clusters SET generation = generation + 1");
    launch_worker();
    EXPECT_EQ(wait_for_worker(), 1);
    EXPECT_EQ(sql.one("SELECT state FROM clusters"), "PENDING");
}

}  // namespace
}  // namespace stoker::test
