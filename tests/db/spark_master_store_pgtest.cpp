#include <gtest/gtest.h>

#include "db/own_address.h"
#include "db/spark_master_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr const char* kFurther = "further-worker";

class SparkMasterStoreTest : public RunQueueTest {
  protected:
    SparkMasterStoreTest() { enter(1); }
    void enter(std::int64_t generation) {
        db::WorkerRow further{kFurther + std::to_string(generation), kCluster, "node-1", generation, false, "STARTING"};
        sql.run("UPDATE clusters SET num_workers = 1");
        worker.run_blocking([&](db::Transaction& tx) { db::register_worker(tx, further, {1}); });
    }
    bool want(const std::string& worker_id) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::want_spark_master(tx, worker_id); });
    }
    std::optional<db::SparkMaster> master_of(const std::string& worker_id) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::spark_master_of(tx, worker_id); });
    }
    void is_at(const std::string& worker_id, const std::string& url) {
        worker.run_blocking([&](db::Transaction& tx) { db::spark_master_is_at(tx, worker_id, url); });
    }
    const std::string further_ = kFurther + std::string("1");
};

TEST_F(SparkMasterStoreTest, IsWantedOnceAndFoundByAllWorkersOfTheCluster) {
    EXPECT_FALSE(master_of(kWorker));
    EXPECT_TRUE(want(further_));
    EXPECT_FALSE(want(kWorker));
    ASSERT_TRUE(master_of(kWorker));
    EXPECT_EQ(master_of(kWorker)->master_url, "");
    EXPECT_GE(master_of(kWorker)->secret.size(), 64u);
    is_at(kWorker, "spark://127.0.0.1:7");
    EXPECT_EQ(master_of(further_)->master_url, "spark://127.0.0.1:7");
    EXPECT_EQ(master_of(further_)->secret, master_of(kWorker)->secret);
}

TEST_F(SparkMasterStoreTest, IsSaidToBeInTheHeadByTheHeadAlone) {
    want(further_);
    is_at(further_, "spark://127.0.0.1:8");
    EXPECT_EQ(master_of(kWorker)->master_url, "");
    EXPECT_FALSE(want("nobody"));
    EXPECT_FALSE(master_of("nobody"));
}

TEST_F(SparkMasterStoreTest, OfTheNextGenerationIsAnotherWithAnotherSecret) {
    want(kWorker);
    is_at(kWorker, "spark://127.0.0.1:7");
    const std::string secret = master_of(kWorker)->secret;
    server.run_blocking([](db::Transaction& tx) { db::restart_cluster(tx, kCluster, kUser, 7); });
    enter(2);
    const std::string next = kFurther + std::string("2");
    EXPECT_FALSE(master_of(next));
    EXPECT_TRUE(want(next));
    EXPECT_EQ(master_of(next)->master_url, "");
    EXPECT_NE(master_of(next)->secret, secret);
    EXPECT_FALSE(want(kWorker)) << "a worker of a generation that is over";
    EXPECT_FALSE(master_of(kWorker));
}

TEST_F(SparkMasterStoreTest, WhoReachesPostgresByASocketInAFolderHasNoAddressByIt) {
    EXPECT_EQ(worker.run_statement_blocking([](db::Transaction& tx) { return db::own_address(tx); }), "");
}

}  // namespace
}  // namespace stoker::test
