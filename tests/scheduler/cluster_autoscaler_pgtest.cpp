#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "db/worker_pool_store.h"
#include "scheduler/cluster_autoscaler.h"
#include "tests/support/factories.h"
#include "tests/support/manual_clock.h"

namespace stoker::scheduler {
namespace {

/// The cluster's head has one slot; up to three workers may come.
class ClusterAutoscalerTest : public test::RunQueueTest {
  protected:
    ClusterAutoscalerTest() {
        sql.run(R"(UPDATE clusters SET spec = '{"autoscale":{"min_workers":0,"max_workers":3}}')");
        sql.run("UPDATE workers SET slots = 1");
        job_id = create(job());
    }

    ServiceResult look() {
        return server.run_blocking([&](db::Transaction& tx) { return autoscaler.run_once(tx, clock.epoch_millis()); });
    }
    void wait_in_queue(const std::string& time) {
        sql.run("UPDATE task_queue SET ready_at = ready_at - interval '" + time + "' WHERE lease_token IS NULL");
    }
    /// As a node does, for as many as the cluster is to have; returns those that were taken.
    std::vector<std::string> start_workers(const std::vector<std::string>& worker_ids) {
        std::vector<std::string> taken;
        for (const std::string& worker_id : worker_ids) {
            const bool is_taken = worker.run_blocking([&](db::Transaction& tx) {
                return db::register_worker(tx, {worker_id, test::kCluster, "node-1", 1, false, ""}, {1});
            });
            if (is_taken) taken.push_back(worker_id);
        }
        return taken;
    }
    void ready(const std::string& worker_id) {
        worker.run_blocking([&](db::Transaction& tx) { db::worker_is_ready(tx, worker_id, "{}"); });
    }
    void gone(const std::string& worker_id) {
        worker.run_blocking([&](db::Transaction& tx) { db::worker_is_gone(tx, worker_id); });
    }
    db::ClusterRow cluster() {
        return *server.run_blocking([](db::Transaction& tx) { return db::find_cluster(tx, test::kCluster); });
    }
    std::vector<std::string> workers_in(const std::string& state) {
        return sql.column("SELECT worker_id FROM workers WHERE NOT is_head AND state = '" + state + "' ORDER BY 1");
    }
    std::vector<std::string> events() {
        return sql.column(
            "SELECT type || ' ' || details FROM cluster_events WHERE type IN ('RESIZING', 'UPSIZE_COMPLETED') "
            "ORDER BY event_id");
    }
    /// Four runs: the head has one, the others wait, and the pool has grown by three workers for them.
    void grow() {
        for (int i = 0; i < 4; ++i) start(job_id);
        of_head = claim(1).front();
        wait_in_queue("3.2 seconds");
        ASSERT_EQ(look().done, 1);
        ASSERT_EQ(start_workers({"a", "b", "c"}).size(), 3U);
    }

    ClusterAutoscaler autoscaler;
    test::ManualClock clock;
    JobId job_id;
    db::ClaimedTaskRun of_head;
};

TEST_F(ClusterAutoscalerTest, a_backlog_grows_the_pool_and_says_why) {
    for (int i = 0; i < 3; ++i) start(job_id);
    EXPECT_EQ(claim(1).size(), 1U);
    ServiceResult result = look();
    EXPECT_EQ(result.done, 0) << "nothing has waited yet";
    ASSERT_TRUE(result.again_in) << "it looks again before its interval";
    EXPECT_LE(result.again_in->count(), 200);

    wait_in_queue("3.2 seconds");
    result = look();
    EXPECT_EQ(result.notices.clusters, std::vector<std::string>{test::kCluster}) << "nodes are told";
    EXPECT_EQ(cluster().num_workers, 2);
    EXPECT_EQ(cluster().state, "RESIZING");
    ASSERT_EQ(events().size(), 1U);
    const std::string event = events().front();
    EXPECT_TRUE(event.starts_with("RESIZING ")) << event;
    const auto details = nlohmann::json::parse(event.substr(event.find('{')));
    EXPECT_EQ(details["current_num_workers"], 0);
    EXPECT_EQ(details["target_num_workers"], 2);
    EXPECT_EQ(details["cause"], "AUTOSCALE");
    EXPECT_TRUE(details["message"].get<std::string>().starts_with("scaled 0 → 2: oldest waiting run 3.")) << details;
    EXPECT_EQ(cluster().state_message, details["message"]);

    EXPECT_EQ(look().done, 0) << "those that start are waited for";
    EXPECT_EQ(start_workers({"a", "b", "c"}), (std::vector<std::string>{"a", "b"})) << "no more than it is to have";
    ready("a");
    EXPECT_EQ(cluster().state, "RESIZING");
    ready("b");
    EXPECT_EQ(cluster().state, "RUNNING");
    EXPECT_EQ(cluster().state_message, "");
    EXPECT_TRUE(events().back().starts_with("UPSIZE_COMPLETED ")) << events().back();
}

TEST_F(ClusterAutoscalerTest, workers_claim_while_the_cluster_is_being_resized) {
    grow();
    ready("a");
    EXPECT_EQ(cluster().state, "RESIZING");
    EXPECT_EQ(claim(1, "a").size(), 1U);
}

TEST_F(ClusterAutoscalerTest, an_idle_pool_shrinks_by_idle_workers_only) {
    grow();
    for (const char* id : {"a", "b", "c"}) ready(id);
    const auto of_b = claim(1, "b");
    ASSERT_EQ(of_b.size(), 1U);
    sql.run("DELETE FROM task_queue WHERE lease_token IS NULL");
    finish(success(of_head));
    ServiceResult result = look();
    EXPECT_EQ(result.done, 0);
    EXPECT_EQ(result.again_in, std::chrono::seconds(60));
    clock.advance(std::chrono::seconds(60));
    EXPECT_EQ(look().done, 1);
    EXPECT_EQ(cluster().num_workers, 1);
    EXPECT_EQ(workers_in("DRAINING"), (std::vector<std::string>{"a", "c"})) << "b has a run";
    EXPECT_TRUE(claim(1, "a").empty());
    EXPECT_EQ(cluster().state, "RESIZING");
    gone("a");
    gone("c");
    EXPECT_EQ(cluster().state, "RUNNING");
    EXPECT_TRUE(events().back().starts_with("RESIZING ")) << "nothing was upsized: " << events().back();
}

TEST_F(ClusterAutoscalerTest, one_that_still_leaves_counts_towards_the_most) {
    grow();
    for (const char* id : {"a", "b", "c"}) ready(id);
    sql.run("UPDATE clusters SET num_workers = 2");
    sql.run("UPDATE workers SET state = 'DRAINING' WHERE worker_id = 'c'");
    for (int i = 0; i < 9; ++i) start(job_id);
    wait_in_queue("1 second");
    EXPECT_EQ(look().done, 0);
    gone("c");
    EXPECT_EQ(look().done, 1);
    EXPECT_EQ(cluster().num_workers, 3);
}

TEST_F(ClusterAutoscalerTest, leaves_clusters_alone_that_do_not_scale_or_do_not_run) {
    for (int i = 0; i < 4; ++i) start(job_id);
    wait_in_queue("10 seconds");
    sql.run("UPDATE clusters SET state = 'RESTARTING'");
    EXPECT_EQ(look().done, 0);
    sql.run(R"(UPDATE clusters SET state = 'RUNNING', spec = '{"num_workers":0}')");
    EXPECT_EQ(look().done, 0);
    EXPECT_EQ(events(), std::vector<std::string>{});
}

TEST_F(ClusterAutoscalerTest, a_cluster_that_starts_again_begins_with_its_least) {
    grow();
    sql.run("UPDATE clusters SET state = 'TERMINATED'");
    sql.run("UPDATE workers SET state = 'GONE'");
    server.run_blocking([](db::Transaction& tx) { db::start_cluster(tx, test::kCluster, test::kUser, 1); });
    EXPECT_EQ(cluster().num_workers, 0);
    EXPECT_EQ(cluster().state, "PENDING");
}

TEST_F(ClusterAutoscalerTest, a_resize_by_hand_retires_the_busy_last_and_replaces_the_definition) {
    grow();
    for (const char* id : {"a", "b", "c"}) ready(id);
    ASSERT_EQ(claim(1, "b").size(), 1U);
    auto resize = [&](int workers) {
        return server.run_blocking([&](db::Transaction& tx) {
            return db::resize_cluster(tx, {test::kCluster, workers, nlohmann::json{{"num_workers", workers}}.dump(),
                                           "USER_REQUEST", test::kUser, "resized by hand"});
        });
    };
    EXPECT_TRUE(resize(1));
    EXPECT_EQ(workers_in("DRAINING"), (std::vector<std::string>{"a", "c"}));
    EXPECT_TRUE(resize(0));
    EXPECT_EQ(workers_in("DRAINING"), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(nlohmann::json::parse(cluster().spec), (nlohmann::json{{"num_workers", 0}}));
    EXPECT_EQ(sql.one("SELECT times_grown || ' ' || times_shrunk FROM clusters"), "1 0") << "of autoscaling only";
    sql.run("UPDATE clusters SET state = 'PENDING'");
    EXPECT_FALSE(resize(2));
}

}  // namespace
}  // namespace stoker::scheduler
