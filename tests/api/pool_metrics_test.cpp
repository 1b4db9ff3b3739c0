#include "api/server/pool_metrics.h"

#include <gtest/gtest.h>

namespace stoker::api {
namespace {

TEST(PoolMetrics, TellOfEachLiveCluster) {
    db::WorkerPoolRow pool;
    pool.cluster_id = "0101-000000-abcdefgh";
    pool.cluster_name = "etl";
    pool.num_workers = 5;
    pool.times_grown = 3;
    pool.times_shrunk = 2;
    pool.workers = {{"READY", "cgroup v2", 3}, {"STARTING", "", 2}};
    pool.slots = 6;
    pool.leased = 6;
    pool.waiting = 40;
    pool.oldest_wait = std::chrono::milliseconds(3250);
    const std::string text = pool_metrics({pool});
    const std::string cluster = R"({cluster_id="0101-000000-abcdefgh",cluster_name="etl")";
    for (const std::string& line :
         {"stoker_cluster_workers" + cluster + R"(,limits="cgroup v2",state="READY"} 3)",
          "stoker_cluster_workers" + cluster + R"(,limits="",state="STARTING"} 2)",
          "stoker_cluster_target_workers" + cluster + "} 5", "stoker_cluster_slots" + cluster + "} 6",
          "stoker_cluster_leased_task_runs" + cluster + "} 6", "stoker_cluster_waiting_task_runs" + cluster + "} 40",
          "stoker_cluster_queue_delay_seconds" + cluster + "} 3.25",
          "stoker_cluster_scale_decisions_total" + cluster + R"(,direction="up"} 3)",
          "stoker_cluster_scale_decisions_total" + cluster + R"(,direction="down"} 2)"})
        EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\nin\n" << text;
}

TEST(PoolMetrics, AreNoneWithoutClusters) {
    EXPECT_EQ(pool_metrics({}).find("cluster_id"), std::string::npos);
}

}  // namespace
}  // namespace stoker::api
