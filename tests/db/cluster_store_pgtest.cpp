#include <gtest/gtest.h>

#include "db/cluster_list_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
using db::ClusterChange;
class ClusterStoreTest : public RunQueueTest {
  protected:
    std::string state_of_cluster() { return cluster().state; }
    db::ClusterRow cluster() {
        return server.run_blocking([](db::Transaction& tx) { return db::find_cluster(tx, kCluster); }).value();
    }
    ClusterChange terminate() {
        return server.run_blocking([](db::Transaction& tx) { return db::terminate_cluster(tx, kCluster, "{}", 5); });
    }
    void bring_down() {
        worker.run_blocking([](db::Transaction& tx) {
            db::worker_is_gone(tx, kWorker);
            db::cluster_is_down(tx, kCluster);
        });
    }
};

TEST_F(ClusterStoreTest, GoesUpWithItsHeadAndTellsSo) {
    EXPECT_EQ(state_of_cluster(), "RUNNING");
    auto events = server.run_blocking(
        [](db::Transaction& tx) { return db::list_cluster_events(tx, kCluster, 0, 0, true, {}, 0, 10); });
    ASSERT_EQ(events.total_count, 3);
    EXPECT_EQ(events.events[0].type, "CREATING");
    EXPECT_EQ(events.events[2].type, "DRIVER_HEALTHY");
    auto some = server.run_blocking(
        [](db::Transaction& tx) { return db::list_cluster_events(tx, kCluster, 0, 0, false, {"CREATING"}, 0, 10); });
    EXPECT_EQ(some.total_count, 1);
}

TEST_F(ClusterStoreTest, TerminatesByWayOfItsWorkersAndStartsAgain) {
    EXPECT_EQ(terminate(), ClusterChange::kDone);
    EXPECT_EQ(state_of_cluster(), "TERMINATING");
    bring_down();
    EXPECT_EQ(state_of_cluster(), "TERMINATED");
    EXPECT_EQ(terminate(), ClusterChange::kDone);
    auto start_it = [&] {
        return server.run_blocking([](db::Transaction& tx) { return db::start_cluster(tx, kCluster, kUser, 6); });
    };
    EXPECT_EQ(start_it(), ClusterChange::kDone);
    EXPECT_EQ(start_it(), ClusterChange::kWrongState);
    EXPECT_EQ(cluster().generation, 2);
    EXPECT_EQ(state_of_cluster(), "PENDING");
}

TEST_F(ClusterStoreTest, WorkThatCameMeanwhileStartsItAgain) {
    terminate();
    start(create(job()));
    bring_down();
    EXPECT_EQ(state_of_cluster(), "PENDING");
    EXPECT_EQ(cluster().generation, 2);
}

TEST_F(ClusterStoreTest, RestartEndsTheOldGeneration) {
    auto done = server.run_blocking([](db::Transaction& tx) { return db::restart_cluster(tx, kCluster, kUser, 6); });
    EXPECT_EQ(done, ClusterChange::kDone);
    EXPECT_EQ(state_of_cluster(), "RESTARTING");
    bring_down();
    EXPECT_EQ(state_of_cluster(), "PENDING");
    worker.run_blocking([](db::Transaction& tx) {
        db::register_worker(tx, {"late", kCluster, "node-1", 1, true, ""}, {4});  // of the old generation: not taken
        db::register_worker(tx, {"second", kCluster, "node-1", 2, true, ""}, {4});
        db::register_worker(tx, {"rival", kCluster, "node-1", 2, true, ""}, {4});  // a second head: not taken
        db::worker_is_ready(tx, "second", "{}");
    });
    EXPECT_EQ(state_of_cluster(), "RUNNING");
    auto served = worker.run_blocking([](db::Transaction& tx) { return db::clusters_to_serve(tx, "node-1"); });
    ASSERT_EQ(served.size(), 1u);
    ASSERT_EQ(served[0].workers.size(), 1u);
    EXPECT_EQ(served[0].workers[0].worker_id, "second");
}

TEST_F(ClusterStoreTest, AFailedClusterEndsWhatWaitsForIt) {
    sql.run("UPDATE clusters SET state = 'PENDING'; UPDATE workers SET state = 'GONE'");
    RunId run_id = start(create(job({task("a"), task("b", {"a"})})));
    auto ended = worker.run_blocking([](db::Transaction& tx) {
        return db::cluster_failed(tx, kCluster, {"Library installation failed", "LIBRARY_INSTALLATION_ERROR"});
    });
    EXPECT_EQ(ended.size(), 3u);
    EXPECT_EQ(state_of_cluster(), "TERMINATED");
    EXPECT_EQ(state(last_try(run_id, "a")), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(last_try(run_id, "a").termination_code, "LIBRARY_INSTALLATION_ERROR");
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(ClusterStoreTest, AnIdleClusterIsEndedABusyOneIsNot) {
    sql.run("UPDATE clusters SET autotermination_minutes = 10, last_activity_time = 1000");
    auto sweep = [&](EpochMillis now) {
        return server.run_blocking([&](db::Transaction& tx) { return db::terminate_idle_clusters(tx, now); });
    };
    EXPECT_TRUE(sweep(1000 + 600000).empty());
    RunId run_id = start(create(job()));
    EXPECT_TRUE(sweep(1000 + 700000).empty());
    cancel(run_id);
    EXPECT_TRUE(sweep(1000 + 800000).empty());
    EXPECT_EQ(sweep(1000 + 1400000), std::vector<ClusterId>{kCluster});
}

TEST_F(ClusterStoreTest, ARunThatWaitsSaysWhyAndSinceWhen) {
    const RunId run_id = start(create(job()));
    sql.run("UPDATE task_queue SET ready_at = '2026-05-04 03:02:01Z'");
    const std::string since = " since 2026-05-04 03:02:01 UTC";
    auto says = [&](const std::string& expected) {
        EXPECT_EQ(run(run_id).state_message, expected);
        EXPECT_EQ(last_try(run_id, "only").state_message, expected);
    };
    says("Waiting for a free slot on cluster \"test\"" + since);
    sql.run("UPDATE clusters SET resized_from = 2, state_message = 'scaled 2 → 5: oldest waiting run 3.2 s'");
    says("Waiting for a free slot on cluster \"test\"" + since + ": scaled 2 → 5: oldest waiting run 3.2 s");
    auto waits = [&](const std::string& what) {
        worker.run_blocking([&](db::Transaction& tx) { db::cluster_waits(tx, {kCluster, 1, {}, what}); });
    };
    waits("Slurm: job 17 is PENDING (Resources)");
    says("Waiting for a free slot on cluster \"test\"" + since +
         ": scaled 2 → 5: oldest waiting run 3.2 s: Slurm: job 17 is PENDING (Resources)");
    waits("");
    sql.run("UPDATE clusters SET state = 'PENDING', resized_from = NULL");
    waits("Slurm: job 18 is PENDING");
    says("Waiting for cluster \"test\" to start" + since + ": Slurm: job 18 is PENDING");
    worker.run_blocking(
        [](db::Transaction& tx) { db::set_cluster_message(tx, kCluster, "Installing libraries: six"); });
    says("Waiting for cluster \"test\" to start" + since + ": Installing libraries: six");
    sql.run("UPDATE nodes SET heartbeat_at = heartbeat_at - interval '2 minutes'");
    says("Waiting for workers of cluster \"test\"" + since + ": no node has been heard of for a minute");
}

TEST_F(ClusterStoreTest, AWorkerThatWaitsIsNotTakenForLost) {
    sql.run("UPDATE clusters SET num_workers = 1");
    worker.run_blocking([](db::Transaction& tx) {
        db::register_worker(tx, {"pending", kCluster, "node-1", 1, false, ""}, {4});
    });
    sql.run("UPDATE workers SET heartbeat_at = now() - interval '1 hour'");
    worker.run_blocking([](db::Transaction& tx) { db::cluster_waits(tx, {kCluster, 1, {"pending"}, "a place"}); });
    server.run_blocking([](db::Transaction& tx) { db::rescue_expired_leases(tx, 10); });
    EXPECT_EQ(sql.column("SELECT worker_id FROM workers WHERE state <> 'GONE'"), std::vector<std::string>{"pending"});
}

TEST_F(ClusterStoreTest, ATaskOfTheSchedulersOwnWaitsForIt) {
    db::JobTask condition = task("only");
    condition.task_type = "condition_task";
    condition.definition = R"({"task_key":"only","condition_task":{"op":"EQUAL_TO","left":"1","right":"1"}})";
    condition.existing_cluster_id = "";
    const RunId run_id = start(create(job({condition})));
    EXPECT_TRUE(run(run_id).state_message.starts_with("Waiting for the scheduler since ")) << run(run_id).state_message;
}

TEST_F(ClusterStoreTest, ADeletedClusterIsGoneForEveryone) {
    server.run_blocking([](db::Transaction& tx) { return db::delete_cluster(tx, kCluster, "{}", 7); });
    EXPECT_FALSE(server.run_blocking([](db::Transaction& tx) { return db::find_cluster(tx, kCluster); }));
    EXPECT_TRUE(
        server.run_blocking([](db::Transaction& tx) { return db::list_clusters(tx, {}, {.limit = 9}); }).empty());
    EXPECT_EQ(terminate(), ClusterChange::kDoesNotExist);
    EXPECT_EQ(state(start(create(job()))), "INTERNAL_ERROR FAILED");
}

}  // namespace
}  // namespace stoker::test
