#include <gtest/gtest.h>

#include "db/leader_store.h"
#include "scheduler/leadership.h"
#include "tests/support/manual_clock.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::scheduler {
namespace {

using std::chrono::seconds;

class LeadershipTest : public testing::Test {
  protected:
    bool fence(Leadership& leadership) {
        return pool.run_blocking([&](db::Transaction& tx) { return leadership.fence(tx); });
    }
    /// The lease runs out on the database's clock.
    void expire() { sql.run("UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'"); }

    test::PgDatabase database;
    db::Pool pool{database.server_dsn(), 2};
    test::Sql sql{database.owner_dsn()};
    test::ManualClock clock;
    Leadership first{pool, clock, "first", seconds(15)};
    Leadership second{pool, clock, "second", seconds(15)};
};

TEST_F(LeadershipTest, one_process_leads) {
    EXPECT_TRUE(first.keep());
    EXPECT_FALSE(second.keep());
    clock.advance(seconds(5));
    EXPECT_TRUE(first.keep());
    EXPECT_TRUE(fence(first));
    EXPECT_FALSE(fence(second));
}

TEST_F(LeadershipTest, a_dead_leader_is_followed_and_finds_out) {
    EXPECT_TRUE(first.keep());
    expire();
    EXPECT_TRUE(second.keep());
    EXPECT_FALSE(fence(first));
    clock.advance(seconds(5));
    EXPECT_FALSE(first.keep());
}

TEST_F(LeadershipTest, a_leader_past_its_lease_changes_nothing_though_nobody_followed) {
    EXPECT_TRUE(first.keep());
    expire();
    EXPECT_FALSE(fence(first));
    clock.advance(seconds(5));
    EXPECT_TRUE(first.keep());
}

TEST_F(LeadershipTest, a_fence_keeps_the_lease_until_the_transaction_ends) {
    EXPECT_TRUE(first.keep());
    pool.run_blocking([&](db::Transaction& tx) {
        ASSERT_TRUE(first.fence(tx));
        EXPECT_EQ(sql.failure("SET lock_timeout = '50ms'; UPDATE leases SET owner = 'second'"), "55P03");
    });
}

TEST_F(LeadershipTest, who_resigns_is_followed_at_once) {
    EXPECT_TRUE(first.keep());
    first.resign();
    EXPECT_TRUE(second.keep());
    first.resign();
    EXPECT_TRUE(fence(second));
}

}  // namespace
}  // namespace stoker::scheduler
