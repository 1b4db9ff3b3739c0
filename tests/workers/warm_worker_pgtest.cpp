#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "clusters/process.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

/// A worker of an instance pool: it begins as no cluster's.
class WarmWorkerTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        of_cluster_ = launch_;
        of_cluster_.spark_conf = {{"spark.databricks.cluster.profile", "singleNode"}, {"spark.master", "local[*]"}};
        launch_.cluster_id = "";
        launch_.cluster_name = "00ff";
        sql.run("DELETE FROM workers");
        sql.run("UPDATE clusters SET state = 'PENDING'");
        sql.run(
            "INSERT INTO instance_pools (instance_pool_id, instance_pool_name, spec, creator_user_name, created_time) "
            "VALUES ('00ff', 'warm', '{}', 'ann', 1)");
        sql.run("INSERT INTO pool_instances (worker_id, instance_pool_id, node_id) VALUES ('" + std::string(kWorker) +
                "', '00ff', 'node-1')");
    }
    void get_warm() {
        launch_worker();
        wait_until([&] { return sql.one("SELECT state FROM pool_instances") == "IDLE"; });
    }
    /// As a node does.
    void hand_over() {
        sql.run("INSERT INTO workers (worker_id, cluster_id, node_id, generation, is_head, state, slots) VALUES ('" +
                std::string(kWorker) + "', '" + kCluster + "', 'node-1', 1, true, 'STARTING', 2)");
        clusters::write_launch(of_cluster_);
        kill(worker_pid_, SIGHUP);
        wait_until([&] { return sql.one("SELECT state FROM workers") == "READY"; });
    }
    pid_t java() {
        for (const pid_t pid : clusters::descendants(worker_pid_)) {
            std::error_code error;
            if (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error).filename() == "java")
                return pid;
        }
        return 0;
    }
    clusters::WorkerLaunch of_cluster_;
    const std::string tells_ =
        "name = spark.conf.get('spark.databricks.clusterUsageTags.clusterName')\n"
        "dbutils.notebook.exit(f\"{name} {spark.conf.get('spark.databricks.cluster.profile')} "
        "{spark.range(5).count()}\")";
};

TEST_F(WarmWorkerTest, ServesTheClusterThatItIsGivenToWithTheDriverThatRunsAlready) {
    const RunId run_id = run_notebook(tells_);
    get_warm();
    const pid_t driver = java();
    EXPECT_GT(driver, 0);
    EXPECT_EQ(state(run_id), "PENDING") << "it is nobody's";
    of_cluster_.init_scripts = R"([{"dbfs": {"destination": "dbfs:/mark.sh"}}])";
    std::ofstream(shared_file("mark.sh")) << "touch $STOKER_DBFS_ROOT/marked\n";
    hand_over();
    EXPECT_TRUE(std::filesystem::exists(shared_file("marked")));
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "test singleNode 5") << error(run_id);
    EXPECT_EQ(java(), driver);
}

TEST_F(WarmWorkerTest, StartsItsDriverAnewForWhatAJvmMustBeStartedWith) {
    get_warm();
    const pid_t driver = java();
    of_cluster_.spark_conf["spark.stoker.test"] = "own";
    hand_over();
    const RunId run_id = run_notebook("dbutils.notebook.exit(spark.sparkContext.getConf().get('spark.stoker.test'))");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "own") << error(run_id);
    EXPECT_NE(java(), driver);
}

TEST_F(WarmWorkerTest, LeavesWhenNoClusterWantsIt) {
    get_warm();
    kill(worker_pid_, SIGTERM);
    EXPECT_EQ(wait_for_worker(), 0);
}

}  // namespace
}  // namespace stoker::test
