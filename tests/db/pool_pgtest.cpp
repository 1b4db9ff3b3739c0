#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "db/errors.h"
#include "db/pool.h"
#include "db/run_store.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {
class PoolTest : public testing::Test {
  protected:
    void end_sessions() {
        sql.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stoker_server' AND datname = "
            "current_database()");
    }
    PgDatabase database;
    db::Pool pool{database.server_dsn(), 2};
    Sql sql{database.owner_dsn()};
};

TEST_F(PoolTest, ResumesTheCallerOnItsOwnExecutor) {
    boost::asio::io_context io;
    std::size_t count = 0;
    bool same_thread = false;
    boost::asio::co_spawn(
        io,
        [](db::Pool& from, std::size_t& counted, bool& same, std::thread::id home) -> boost::asio::awaitable<void> {
            auto ids = co_await from.run([](db::Transaction& tx) { return db::allocate_run_ids(tx, 3); });
            counted = ids.size();
            same = std::this_thread::get_id() == home;
        }(pool, count, same_thread, std::this_thread::get_id()),
        [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    io.run();
    EXPECT_EQ(count, 3u);
    EXPECT_TRUE(same_thread);
}

TEST_F(PoolTest, ABrokenConnectionIsReplacedBeforeCommit) {
    int calls = 0;
    auto ids = pool.run_blocking([&](db::Transaction& tx) {
        if (++calls == 1) end_sessions();
        return db::allocate_run_ids(tx, 1);
    });
    EXPECT_EQ(ids.size(), 1u);
    EXPECT_EQ(calls, 2);
}

TEST_F(PoolTest, AConnectionLostInCommitIsInDoubt) {
    int calls = 0;
    EXPECT_THROW(pool.run_blocking([&](db::Transaction& tx) {
        ++calls;
        db::allocate_run_ids(tx, 1);
        end_sessions();
    }),
                 db::InDoubt);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(pool.run_blocking([](db::Transaction& tx) { return db::allocate_run_ids(tx, 1); }).size(), 1u);
}

TEST_F(PoolTest, AThrowRollsBack) {
    EXPECT_THROW(pool.run_blocking([](db::Transaction& tx) {
        db::delete_run(tx, RunId{1});
        throw std::logic_error("no");
    }),
                 std::logic_error);
    EXPECT_EQ(sql.number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'stoker_server' AND state <> 'idle' "
                         "AND datname = current_database()"),
              0);
}

TEST_F(PoolTest, WhatMaySucceedLaterIsUnavailable) {
    sql.run(
        "CREATE TABLE failing (code text);"
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
        "  BEGIN RAISE 'no' USING ERRCODE = (SELECT code FROM failing); END $$;"
        "CREATE TRIGGER fail BEFORE UPDATE ON runs FOR EACH STATEMENT EXECUTE FUNCTION fail()");
    auto write = [](db::Transaction& tx) { db::delete_run(tx, RunId{1}); };
    for (const char* code : {"53100", "55P03", "57014", "58030", "25006", "40001", "40P01"}) {
        sql.run(std::string("DELETE FROM failing; INSERT INTO failing VALUES ('") + code + "')");
        EXPECT_THROW(pool.run_blocking(write), db::Unavailable) << code;
    }
    sql.run("UPDATE failing SET code = '22012'");
    try {
        pool.run_blocking(write);
        FAIL() << "the statement itself is wrong";
    } catch (const db::Unavailable& error) {
        FAIL() << error.what();
    } catch (const std::exception& error) {
        EXPECT_NE(std::string(error.what()).find("no"), std::string::npos);
    }
}

TEST_F(PoolTest, AServerThatIsNotThereIsUnavailable) {
    db::Pool lost("host=/nowhere", 1);
    EXPECT_THROW(lost.run_blocking([](db::Transaction&) {}), db::Unavailable);
}

}  // namespace
}  // namespace stoker::test
