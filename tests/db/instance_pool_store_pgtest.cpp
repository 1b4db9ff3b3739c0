#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "db/instance_pool_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr const char* kPool = "00ff";
constexpr const char* kNode = "node-1";

class InstancePoolStoreTest : public RunQueueTest {
  protected:
    void pool_with(int min_idle, int max_capacity, int minutes = 60) {
        db::InstancePoolRow pool{.instance_pool_id = kPool, .instance_pool_name = "warm", .creator_user_name = kUser};
        pool.spec = nlohmann::json{
            {"node_type_id", "local.small"},
            {"min_idle_instances", min_idle},
            {"max_capacity", max_capacity},
            {"idle_instance_autotermination_minutes",
             minutes}}.dump();
        server.run_blocking([&](db::Transaction& tx) { db::create_instance_pool(tx, pool); });
    }
    bool enter(const std::string& worker_id, bool follows = false) {
        return worker.run_blocking(
            [&](db::Transaction& tx) { return db::register_pool_instance(tx, worker_id, kPool, kNode, follows); });
    }
    void warm(const std::string& worker_id) {
        EXPECT_TRUE(enter(worker_id));
        worker.run_blocking([&](db::Transaction& tx) { db::pool_instance_is_ready(tx, worker_id); });
    }
    db::PoolToKeep kept() {
        auto pools = worker.run_blocking([](db::Transaction& tx) { return db::pools_to_keep(tx, kNode); });
        return pools.empty() ? db::PoolToKeep{} : pools.front();
    }
    /// The cluster's worker is of the pool.
    void use_pool() { sql.run(std::string("UPDATE clusters SET spec = spec || '{\"instance_pool_id\": \"00ff\"}'")); }
    db::PoolPlace place_for(const std::string& worker_id) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::take_pool_place(tx, kPool, worker_id); });
    }
    db::InstancePoolStats stats() {
        return server.run_blocking([](db::Transaction& tx) { return db::show_instance_pool(tx, kPool); })->stats;
    }
};

TEST_F(InstancePoolStoreTest, ANodeKeepsNoMoreThanItHasRoomFor) {
    sql.run("UPDATE nodes SET cores = 3");
    pool_with(100'000, 100'000);
    EXPECT_EQ(kept().to_start, 6);
    for (const char* worker_id : {"a", "b", "c", "d", "e", "f"}) EXPECT_TRUE(enter(worker_id));
    EXPECT_EQ(kept().to_start, 0);
    EXPECT_FALSE(enter("g"));
    sql.run("UPDATE nodes SET cores = 1");
    worker.run_blocking([](db::Transaction& tx) {
        for (const char* worker_id : {"a", "b", "c"}) db::pool_instance_is_gone(tx, worker_id);
    });
    EXPECT_EQ(kept().to_start, 1) << "four at least";
}

TEST_F(InstancePoolStoreTest, KeepsAsManyWarmAsItsLeast) {
    pool_with(2, 5);
    EXPECT_EQ(kept().to_start, 2);
    EXPECT_TRUE(enter("a"));
    EXPECT_EQ(kept().to_start, 1);
    EXPECT_TRUE(enter("b"));
    EXPECT_FALSE(enter("c"));
    EXPECT_EQ(stats().pending_idle, 2);
    worker.run_blocking([](db::Transaction& tx) { db::pool_instance_is_ready(tx, "a"); });
    EXPECT_EQ(kept().idle, std::vector<WorkerId>{"a"});
    EXPECT_EQ(stats().idle, 1);
    worker.run_blocking([](db::Transaction& tx) { db::pool_instance_is_gone(tx, "b"); });
    EXPECT_EQ(kept().to_start, 1);
}

TEST_F(InstancePoolStoreTest, HoldsItsCapacityWithUsedAndWarmOnesTogether) {
    pool_with(2, 2);
    use_pool();
    EXPECT_EQ(kept().to_start, 1) << "one is in use";
    warm("a");
    EXPECT_FALSE(enter("b"));
    EXPECT_FALSE(enter("b", true));
    // As a registered worker it is the third.
    sql.run(
        "INSERT INTO workers (worker_id, cluster_id, node_id, generation, is_head, state, slots) VALUES "
        "('cold', '" +
        std::string(kCluster) + "', 'node-1', 1, false, 'STARTING', 1)");
    EXPECT_EQ(place_for("cold").why_not,
              "instance pool \"warm\" is used up: 1 of 2 instances are in use, 1 are warm for other definitions");
    sql.run("UPDATE workers SET worker_id = 'a' WHERE worker_id = 'cold'");
    EXPECT_EQ(place_for("a").why_not, "") << "it is the warm one itself";
    EXPECT_EQ(stats().idle, 0);
    EXPECT_EQ(stats().used, 1);
    EXPECT_EQ(stats().pending_used, 1);
}

TEST_F(InstancePoolStoreTest, EndsThoseBeyondItsLeastWhenTheirTimeIsOver) {
    pool_with(1, 5, 10);
    warm("a");
    EXPECT_TRUE(enter("b", true));
    worker.run_blocking([](db::Transaction& tx) { db::pool_instance_is_ready(tx, "b"); });
    EXPECT_TRUE(kept().to_end.empty());
    sql.run("UPDATE pool_instances SET idle_since = idle_since - interval '11 minutes' WHERE worker_id = 'a'");
    EXPECT_EQ(kept().to_end, std::vector<WorkerId>{"a"});
    sql.run("UPDATE instance_pools SET spec = spec || '{\"idle_instance_autotermination_minutes\": 0}'");
    EXPECT_FALSE(enter("c", true)) << "none is kept beyond the least";
}

TEST_F(InstancePoolStoreTest, OneThatIsDeletedEndsItsWarmOnesAndTakesNoMore) {
    pool_with(1, 5);
    warm("a");
    EXPECT_TRUE(server.run_blocking([](db::Transaction& tx) { return db::delete_instance_pool(tx, kPool); }));
    EXPECT_EQ(kept().to_end, std::vector<WorkerId>{"a"});
    EXPECT_EQ(kept().to_start, 0);
    EXPECT_FALSE(enter("b"));
    EXPECT_FALSE(place_for("a").pool_exists);
    worker.run_blocking([](db::Transaction& tx) { db::pool_instance_is_gone(tx, "a"); });
    EXPECT_EQ(kept().instance_pool_id, "") << "nothing is left to do";
    EXPECT_FALSE(server.run_blocking([](db::Transaction& tx) { return db::delete_instance_pool(tx, kPool); }));
}

TEST_F(InstancePoolStoreTest, WaitsWhileAClusterOfItStarts) {
    pool_with(2, 5);
    use_pool();
    sql.run("UPDATE clusters SET state = 'PENDING'");
    EXPECT_EQ(kept().to_start, 0);
    sql.run("UPDATE clusters SET state = 'RUNNING'");
    EXPECT_EQ(kept().to_start, 2);
}

TEST_F(InstancePoolStoreTest, ANodeThatBeginsAnewHasNone) {
    pool_with(1, 5);
    warm("a");
    worker.run_blocking([](db::Transaction& tx) { db::register_node(tx, {kNode, "localhost", "local", 2, 1000}); });
    EXPECT_EQ(kept().to_start, 1);
}

TEST_F(InstancePoolStoreTest, ItsNodeTypeIsThatOfItsClusters) {
    pool_with(1, 5);
    use_pool();
    const auto clusters = worker.run_blocking([](db::Transaction& tx) { return db::clusters_to_serve(tx, kNode); });
    EXPECT_EQ(nlohmann::json::parse(clusters.front().cluster.spec).at("node_type_id"), "local.small");
}

TEST_F(InstancePoolStoreTest, AClusterGoesToTheNodeThatHasAWarmWorkerForIt) {
    pool_with(1, 5);
    use_pool();
    warm("a");
    worker.run_blocking([](db::Transaction& tx) { db::register_node(tx, {"larger", "other", "local", 64, 64000}); });
    sql.run("UPDATE clusters SET state = 'PENDING', generation = 2");
    EXPECT_EQ(sql.one("SELECT node_for_worker('" + std::string(kCluster) + "', 2)"), kNode);
    worker.run_blocking([](db::Transaction& tx) { db::pool_instance_is_gone(tx, "a"); });
    EXPECT_EQ(sql.one("SELECT node_for_worker('" + std::string(kCluster) + "', 2)"), "larger");
}

TEST_F(InstancePoolStoreTest, ANodeThatTakesNoWorkersKeepsNoneWarm) {
    pool_with(2, 5);
    warm("a");
    sql.run("UPDATE nodes SET placement = 'CORDONED'");
    EXPECT_EQ(kept().to_start, 0);
    EXPECT_EQ(kept().to_end, std::vector<WorkerId>{"a"});
    EXPECT_FALSE(enter("b"));
}

}  // namespace
}  // namespace stoker::test
