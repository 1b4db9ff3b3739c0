#include <gtest/gtest.h>

#include "db/node_list_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
using Names = std::vector<std::string>;

/// One running cluster with its head on node-1, and another node of the same size.
class PlacementTest : public RunQueueTest {
  protected:
    PlacementTest() { join("node-2"); }

    void join(const std::string& node_id) {
        worker.run_blocking([&](db::Transaction& tx) {
            db::register_node(tx, {.node_id = node_id, .host = node_id, .cores = 2, .memory_mb = 1000});
        });
    }
    void create_cluster(const std::string& cluster_id, int num_workers = 0) {
        server.run_blocking([&](db::Transaction& tx) {
            db::create_cluster(tx,
                               {.cluster_id = cluster_id,
                                .cluster_name = cluster_id,
                                .spec = "{}",
                                .creator_user_name = kUser,
                                .num_workers = num_workers},
                               1);
        });
    }
    /// "c1 head, c2 2": what the node is to start.
    Names asked_of(const std::string& node_id) {
        Names asked;
        for (const auto& serve :
             worker.run_blocking([&](db::Transaction& tx) { return db::clusters_to_serve(tx, node_id); })) {
            const std::string cluster_id = serve.cluster.cluster_id;
            if (serve.head_placed) asked.push_back(cluster_id + " head");
            if (serve.workers_placed > 0) asked.push_back(cluster_id + " " + std::to_string(serve.workers_placed));
        }
        return asked;
    }
    bool start(const std::string& cluster_id, const std::string& node_id, bool is_head, int cores = 2) {
        return worker.run_blocking([&](db::Transaction& tx) {
            return db::register_worker(
                tx, {cluster_id + "-" + std::to_string(++started_), cluster_id, node_id, 1, is_head, ""},
                {4, cores, 0});
        });
    }
    std::optional<std::vector<ClusterId>> place(const std::string& node_id, db::NodePlacement placement) {
        return server.run_blocking([&](db::Transaction& tx) { return db::set_node_placement(tx, node_id, placement); });
    }
    bool turn_down(const std::string& node_id, const std::string& cluster_id) {
        return worker.run_blocking([&](db::Transaction& tx) {
            return db::turn_down_workers(tx, node_id, cluster_id, 1, "too large for " + node_id);
        });
    }
    void silence(const std::string& node_id) {
        sql.run("UPDATE nodes SET heartbeat_at = now() - interval '1 hour' WHERE node_id = '" + node_id + "'");
    }
    int started_ = 0;
};

TEST_F(PlacementTest, WorkersGoToTheNodeWithMostRoom) {
    sql.run("UPDATE workers SET cores = 1");
    create_cluster("c1");
    EXPECT_EQ(asked_of("node-1"), Names{});
    EXPECT_EQ(asked_of("node-2"), Names{"c1 head"});
    EXPECT_TRUE(start("c1", "node-2", true));
    create_cluster("c2");
    EXPECT_EQ(asked_of("node-1"), Names{"c2 head"}) << "half taken, the other is all taken";
}

TEST_F(PlacementTest, AFullNodeTakesMoreWhenThereIsNoOther) {
    silence("node-2");
    for (const std::string cluster_id : {"c1", "c2", "c3"}) {
        create_cluster(cluster_id);
        EXPECT_EQ(asked_of("node-1"), Names{cluster_id + " head"});
        EXPECT_TRUE(start(cluster_id, "node-1", true));
    }
}

TEST_F(PlacementTest, WorkersOfOneClusterAreSpread) {
    create_cluster("c1", 3);
    EXPECT_EQ(asked_of("node-1").size() + asked_of("node-2").size(), 3u);
    EXPECT_EQ(sql.column("SELECT node_id || ' ' || count(*) FROM worker_places GROUP BY node_id ORDER BY 1"),
              (Names{"node-1 2", "node-2 2"}));
}

TEST_F(PlacementTest, AWorkerThatAnotherNodeIsToStartIsNotTaken) {
    create_cluster("c1");
    EXPECT_EQ(asked_of("node-2"), Names{"c1 head"});
    EXPECT_FALSE(start("c1", "node-1", true));
    EXPECT_TRUE(start("c1", "node-2", true));
    EXPECT_EQ(asked_of("node-2"), Names{});
}

TEST_F(PlacementTest, ASmallerClusterGivesPlacesBack) {
    create_cluster("c1", 3);
    asked_of("node-1");
    sql.run("UPDATE clusters SET num_workers = 1 WHERE cluster_id = 'c1'");
    asked_of("node-1");
    EXPECT_EQ(sql.number("SELECT count(*) FROM worker_places WHERE NOT is_head"), 1);
    sql.run("UPDATE clusters SET state = 'TERMINATED' WHERE cluster_id = 'c1'");
    asked_of("node-1");
    EXPECT_EQ(sql.number("SELECT count(*) FROM worker_places"), 0);
}

TEST_F(PlacementTest, ANodeThatIsSilentOrCordonedLosesItsPlaces) {
    create_cluster("c1");
    EXPECT_EQ(asked_of("node-2"), Names{"c1 head"});
    silence("node-2");
    EXPECT_EQ(asked_of("node-1"), Names{"c1 head"});
    EXPECT_EQ(asked_of("node-2"), Names{}) << "it stays where it is";
    EXPECT_EQ(place("node-1", db::NodePlacement::kCordoned), (std::vector<ClusterId>{kCluster, "c1"}));
    EXPECT_EQ(asked_of("node-2"), Names{"c1 head"});
}

TEST_F(PlacementTest, ADrainedNodesWorkersLeaveAndTheHeadHasASuccessorElsewhere) {
    RunId run_id = RunQueueTest::start(create(job()));
    begin(claim_one());
    EXPECT_EQ(place("node-1", db::NodePlacement::kDraining), std::vector<ClusterId>{kCluster});
    EXPECT_EQ(sql.one("SELECT state FROM workers"), "DRAINING");
    EXPECT_EQ(asked_of("node-2"), Names{std::string(kCluster) + " head"});
    EXPECT_TRUE(start(kCluster, "node-2", true));
    EXPECT_EQ(state(run_id), "RUNNING") << "the run on the old one goes on";
    EXPECT_EQ(place("node-1", db::NodePlacement::kOpen), std::vector<ClusterId>{kCluster});
    EXPECT_EQ(place("nobody", db::NodePlacement::kOpen), std::nullopt);
}

TEST_F(PlacementTest, WhatOneNodeTurnsDownGoesToAnotherThenWaitsWithTheReason) {
    sql.run("UPDATE clusters SET state = 'TERMINATED'; UPDATE workers SET state = 'GONE'");
    RunId run_id = RunQueueTest::start(create(job()));  // starts the cluster's second generation
    auto refuse = [&](const std::string& node_id) {
        return worker.run_blocking([&](db::Transaction& tx) {
            return db::turn_down_workers(tx, node_id, kCluster, 2, "too large for " + node_id);
        });
    };
    EXPECT_EQ(asked_of("node-1"), Names{std::string(kCluster) + " head"});
    EXPECT_TRUE(refuse("node-1"));
    EXPECT_EQ(asked_of("node-2"), Names{std::string(kCluster) + " head"});
    EXPECT_FALSE(refuse("node-2"));
    const std::string message = sql.one("SELECT run_message(" + to_string(run_id) + ", 'PENDING', '')");
    EXPECT_TRUE(message.ends_with("UTC: too large for node-1; too large for node-2")) << message;
    join("node-3");
    EXPECT_EQ(asked_of("node-3"), Names{std::string(kCluster) + " head"});
}

TEST_F(PlacementTest, AWaitingRunSaysThatAllNodesAreCordoned) {
    sql.run("UPDATE clusters SET state = 'TERMINATED'; UPDATE workers SET state = 'GONE'");
    RunId run_id = RunQueueTest::start(create(job()));
    place("node-1", db::NodePlacement::kCordoned);
    place("node-2", db::NodePlacement::kCordoned);
    EXPECT_EQ(asked_of("node-1"), Names{});
    const std::string message = sql.one("SELECT run_message(" + to_string(run_id) + ", 'PENDING', '')");
    EXPECT_TRUE(message.ends_with("UTC: all nodes are cordoned")) << message;
}

TEST_F(PlacementTest, ASilentNodesWorkersAreGoneSoonerThanASlowWorker) {
    sql.run("UPDATE workers SET heartbeat_at = now() - interval '1 minute'");
    auto rescue = [&] {
        server.run_blocking([](db::Transaction& tx) { db::rescue_expired_leases(tx, 100); });
        return sql.one("SELECT state FROM workers");
    };
    EXPECT_EQ(rescue(), "READY");
    silence("node-1");
    EXPECT_EQ(rescue(), "GONE");
    EXPECT_EQ(asked_of("node-2"), Names{std::string(kCluster) + " head"});
}

TEST_F(PlacementTest, AClusterThatIsToBeDownIsShownToWhoCanSaySo) {
    sql.run("UPDATE clusters SET state = 'TERMINATING'");
    auto shown_to = [&](const std::string& node_id) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::clusters_to_serve(tx, node_id); }).size();
    };
    EXPECT_EQ(shown_to("node-1"), 1u);
    EXPECT_EQ(shown_to("node-2"), 0u);
    sql.run("UPDATE workers SET state = 'GONE'");
    EXPECT_EQ(shown_to("node-2"), 1u);
}

TEST_F(PlacementTest, NodesAreListedWithWhatTheyHave) {
    silence("node-2");
    place("node-1", db::NodePlacement::kCordoned);
    const auto nodes = server.run_blocking([](db::Transaction& tx) { return db::list_nodes(tx); });
    ASSERT_EQ(nodes.size(), 2u);
    EXPECT_EQ(nodes[0].node_id, "node-1");
    EXPECT_EQ(nodes[0].state, "CORDONED");
    EXPECT_EQ(nodes[0].workers, 1);
    EXPECT_EQ(nodes[0].cores, 2);
    EXPECT_GT(nodes[0].last_heard_of, 0);
    EXPECT_EQ(nodes[1].state, "SILENT");
}

}  // namespace
}  // namespace stoker::test
