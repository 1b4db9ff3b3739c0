#include <condition_variable>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "db/listener.h"
#include "scheduler/scheduler.h"
#include "tests/support/factories.h"

namespace stoker::scheduler {
namespace {

using SchedulerTest = test::RunQueueTest;

TEST_F(SchedulerTest, tells_of_work_whose_notify_was_lost_and_gives_the_lease_back) {
    start(create(job()));
    boost::asio::io_context context;
    bool told = false;
    auto scheduler = std::make_unique<Scheduler>(server, system_clock());
    db::Listener listener(
        context.get_executor(), database.server_dsn(), {std::string(db::kReadyChannel)},
        [&](std::string_view, const std::vector<std::string>& ids) {
            told = ids == std::vector<std::string>{test::kCluster};
            if (told) context.stop();
        },
        [&] { scheduler->start(); });
    context.run_for(std::chrono::seconds(30));
    EXPECT_TRUE(told);
    EXPECT_EQ(sql.one("SELECT count(*) FROM leases"), "1");
    scheduler->stop();
    scheduler->stop();
    EXPECT_EQ(sql.one("SELECT count(*) FROM leases"), "0");
}

TEST_F(SchedulerTest, starts_before_the_database_is_there_and_stops) {
    db::Pool nowhere("host=/nonexistent dbname=x", 1);
    Scheduler scheduler(nowhere, system_clock());
    scheduler.start();
    scheduler.start();
    scheduler.wake();
    scheduler.stop();
}

}  // namespace
}  // namespace stoker::scheduler
