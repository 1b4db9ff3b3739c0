#include <gtest/gtest.h>

#include "db/notification_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {

/// The outbox: what is leased when, and what a record changes.
class NotificationStoreTest : public testing::Test {
  protected:
    void add(const std::string& recipient, EpochMillis next_time = 0) {
        const bool is_address = recipient.find('@') != std::string::npos;
        sql.run(
            "INSERT INTO notifications (job_run_id, event, destination_id, address, life_cycle_state, created_time, "
            "next_time) VALUES ((SELECT count(*) FROM notifications), 'on_start', " +
            (is_address ? "NULL, '" + recipient + "'" : "'" + recipient + "', NULL") + ", 'RUNNING', 1, " +
            std::to_string(next_time) + ")");
    }
    std::optional<db::LeasedNotification> lease(EpochMillis now, std::vector<std::string> busy = {},
                                                bool emails = true) {
        return pool.run_blocking(
            [&](db::Transaction& tx) { return db::lease_notification(tx, now, now + 100, busy, emails); });
    }
    std::string leased(EpochMillis now, std::vector<std::string> busy = {}, bool emails = true) {
        const auto found = lease(now, std::move(busy), emails);
        return found ? found->destination_id + found->address : "";
    }
    void record(const db::DeliveryRecord& record) {
        pool.run_blocking([&](db::Transaction& tx) { db::record_delivery(tx, record); });
    }
    bool has_due(EpochMillis now) {
        return pool.run_blocking([&](db::Transaction& tx) { return db::has_due_notification(tx, now); });
    }
    std::string state() { return sql.one("SELECT concat_ws(' ', state, next_time, last_error) FROM notifications"); }

    PgDatabase database;
    db::Pool pool{database.server_dsn(), 2};
    Sql sql{database.owner_dsn()};
};

TEST_F(NotificationStoreTest, TheLongestDueIsLeasedFirst) {
    add("late", 50);
    add("second");
    add("third");
    EXPECT_EQ(leased(40), "second");
    EXPECT_EQ(leased(40), "third");
    EXPECT_EQ(leased(40), "");
    EXPECT_FALSE(has_due(40));
    EXPECT_TRUE(has_due(50));
    EXPECT_EQ(leased(50), "late");
}

TEST_F(NotificationStoreTest, ALeaseThatNobodyRecordsIsDueAgain) {
    add("hook");
    const auto first = lease(10);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->tries, 1);
    EXPECT_FALSE(lease(109));
    const auto second = lease(110);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->tries, 2);
    EXPECT_EQ(second->delivery_id, first->delivery_id);
    record({first->notification_id, first->tries, "DELIVERED", 0, "", 115});
    EXPECT_EQ(state(), "PENDING 210") << "the word of a try that was given up";
    record({second->notification_id, second->tries, "DELIVERED", 0, "", 120});
    EXPECT_EQ(state(), "DELIVERED 0");
    record({second->notification_id, second->tries, "FAILED", 0, "too late", 0});
    EXPECT_EQ(state(), "DELIVERED 0");
    EXPECT_FALSE(lease(INT64_MAX / 2));
}

TEST_F(NotificationStoreTest, ATryThatFailedWaitsForItsTime) {
    add("hook");
    const auto first = lease(10);
    record({first->notification_id, first->tries, "PENDING", 500, "HTTP 503 \xff", 0});
    EXPECT_EQ(state(), "PENDING 500 HTTP 503 \xef\xbf\xbd");
    EXPECT_FALSE(lease(499));
    EXPECT_TRUE(lease(500));
}

TEST_F(NotificationStoreTest, WhatIsBusyIsPassedOver) {
    add("hook");
    add("a@b.c");
    add("other");
    EXPECT_EQ(leased(10, {"hook"}, false), "other");
    EXPECT_EQ(leased(10, {"hook", "other"}), "a@b.c");
    EXPECT_EQ(leased(10, {"hook", "other"}), "");
    EXPECT_EQ(leased(10), "hook");
}

TEST_F(NotificationStoreTest, OldOnesArePruned) {
    for (const char* recipient : {"a", "b", "c"}) add(recipient);
    sql.run("UPDATE notifications SET created_time = 1000 WHERE destination_id = 'c'");
    const auto prune = [&](int limit) {
        return pool.run_blocking([&](db::Transaction& tx) { return db::prune_notifications(tx, 500, limit); });
    };
    EXPECT_EQ(prune(1), 1);
    EXPECT_EQ(prune(10), 1);
    EXPECT_EQ(prune(10), 0);
    EXPECT_EQ(sql.column("SELECT destination_id FROM notifications"), std::vector<std::string>{"c"});
}

}  // namespace
}  // namespace stoker::test
