#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "db/listener.h"
#include "db/pool.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {
using namespace std::chrono_literals;

class ListenerTest : public testing::Test {
  protected:
    // Runs the executor until `done`, for ten seconds at most.
    bool run_until(const std::function<bool()>& done) {
        auto end = std::chrono::steady_clock::now() + 10s;
        while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(100ms);
        return done();
    }

    PgDatabase database;
    boost::asio::io_context io;
    int connects = 0;
    std::vector<std::string> heard;
    db::Listener listener{io.get_executor(),
                          database.worker_dsn(),
                          {std::string(db::kReadyChannel), std::string(db::kRunsChannel)},
                          [this](std::string_view channel, const std::vector<std::string>& ids) {
                              for (const auto& id : ids) heard.push_back(std::string(channel) + ":" + id);
                          },
                          [this] { ++connects; }};
    db::Pool pool{database.server_dsn(), 1};
};

TEST_F(ListenerTest, HearsIdsOfItsChannels) {
    ASSERT_TRUE(run_until([&] { return connects == 1; }));
    db::notify(pool, db::kCancelChannel, {"9"});
    db::notify(pool, db::kReadyChannel, {"a", "b"});
    ASSERT_TRUE(run_until([&] { return heard.size() == 2; }));
    EXPECT_EQ(heard, (std::vector<std::string>{"stoker_ready:a", "stoker_ready:b"}));
}

TEST_F(ListenerTest, ConnectsAgainAndSaysSo) {
    ASSERT_TRUE(run_until([&] { return connects == 1; }));
    Sql(database.owner_dsn())
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stoker_worker' AND datname = "
            "current_database()");
    ASSERT_TRUE(run_until([&] { return connects == 2; }));
    db::notify(pool, db::kRunsChannel, {"7"});
    ASSERT_TRUE(run_until([&] { return !heard.empty(); }));
    EXPECT_EQ(heard.at(0), "stoker_runs:7");
}

TEST_F(ListenerTest, LongListsArriveWhole) {
    ASSERT_TRUE(run_until([&] { return connects == 1; }));
    std::vector<std::string> ids;
    for (int i = 0; i < 3000; ++i) ids.push_back(std::to_string(1000000 + i));
    db::notify(pool, db::kRunsChannel, ids);
    ASSERT_TRUE(run_until([&] { return heard.size() == ids.size(); }));
}

}  // namespace
}  // namespace stoker::test
