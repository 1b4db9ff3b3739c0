#include <gtest/gtest.h>

#include "db/spark_page_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {

class SparkPageStoreTest : public RunQueueTest {
  protected:
    std::int64_t ask(const std::string& worker_id, const std::string& target) {
        return server.run_blocking([&](db::Transaction& tx) {
            return db::ask_spark_page(tx, worker_id, {0, target, "/sparkui/c/w"});
        });
    }
    std::vector<db::SparkPageRequest> take(const std::string& worker_id) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::take_spark_pages(tx, worker_id); });
    }
    void answer(const std::string& worker_id, std::int64_t request_id, const std::string& response) {
        worker.run_blocking([&](db::Transaction& tx) { db::answer_spark_page(tx, worker_id, request_id, response); });
    }
    std::optional<std::string> fetch(std::int64_t request_id) {
        return server.run_blocking([&](db::Transaction& tx) { return db::fetch_spark_page(tx, request_id); });
    }
};

TEST_F(SparkPageStoreTest, APageIsTakenOnceAndFetchedOnce) {
    const std::int64_t request_id = ask(kWorker, "/jobs/?page=2");
    EXPECT_TRUE(take("another").empty());
    const auto taken = take(kWorker);
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken[0].request_id, request_id);
    EXPECT_EQ(taken[0].target, "/jobs/?page=2");
    EXPECT_EQ(taken[0].base, "/sparkui/c/w");
    EXPECT_TRUE(take(kWorker).empty());
    EXPECT_EQ(fetch(request_id), std::nullopt);
    answer(kWorker, request_id, "cGFnZQ==");
    EXPECT_EQ(fetch(request_id), "cGFnZQ==");
    EXPECT_EQ(fetch(request_id), std::nullopt);
}

TEST_F(SparkPageStoreTest, NobodyAnswersForAnotherWorker) {
    const std::int64_t request_id = ask(kWorker, "/jobs/");
    take(kWorker);
    answer("another", request_id, "bm90IG1pbmU=");
    EXPECT_EQ(fetch(request_id), std::nullopt);
}

TEST_F(SparkPageStoreTest, WhatNobodyFetchesGoes) {
    ask(kWorker, "/jobs/");
    sql.run("UPDATE spark_pages SET asked_at = asked_at - interval '3 minutes'");
    ask(kWorker, "/stages/");
    EXPECT_EQ(sql.column("SELECT target FROM spark_pages"), std::vector<std::string>{"/stages/"});
}

TEST_F(SparkPageStoreTest, DriversAreThoseOfReadyWorkers) {
    const auto drivers = [&] {
        return server.run_blocking([&](db::Transaction& tx) { return db::spark_drivers_of(tx, kCluster); });
    };
    sql.run("UPDATE workers SET state = 'READY'");
    EXPECT_EQ(drivers(), std::vector<std::string>{kWorker});
    sql.run("UPDATE workers SET state = 'GONE'");
    EXPECT_TRUE(drivers().empty());
}

}  // namespace
}  // namespace stoker::test
