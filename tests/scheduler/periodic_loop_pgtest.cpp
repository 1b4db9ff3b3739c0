#include <stdexcept>

#include <gtest/gtest.h>

#include "scheduler/periodic_loop.h"
#include "tests/support/manual_clock.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::scheduler {
namespace {

using namespace std::chrono_literals;

/// Does what the test says.
class ScriptedService : public Service {
  public:
    std::string_view name() const override { return "scripted"; }
    std::chrono::milliseconds interval() const override { return 1s; }
    bool is_awaited() const override { return awaited; }
    ServiceResult run_once(db::Transaction&, EpochMillis now) override {
        ++runs;
        last_now = now;
        if (fails) throw std::runtime_error("as scripted");
        return {{}, 2, again_in};
    }
    int runs = 0;
    EpochMillis last_now = 0;
    bool fails = false;
    bool awaited = true;
    std::optional<std::chrono::milliseconds> again_in;
};

class PeriodicLoopTest : public testing::Test {
  protected:
    PeriodicLoopTest() {
        std::vector<std::unique_ptr<Service>> services;
        services.push_back(std::make_unique<ScriptedService>());
        service = static_cast<ScriptedService*>(services[0].get());
        loop = std::make_unique<PeriodicLoop>(pool, clock, leadership, std::move(services));
    }
    std::chrono::milliseconds until(Clock::Monotonic time) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time - clock.monotonic());
    }

    test::PgDatabase database;
    db::Pool pool{database.server_dsn(), 1};
    test::ManualClock clock;
    Leadership leadership{pool, clock, "test", 15s};
    ScriptedService* service;
    std::unique_ptr<PeriodicLoop> loop;
};

TEST_F(PeriodicLoopTest, runs_a_service_at_its_interval_with_the_injected_time) {
    EXPECT_EQ(until(loop->run_due()), 1s);
    EXPECT_EQ(service->last_now, clock.epoch_millis());
    clock.advance(999ms);
    EXPECT_EQ(until(loop->run_due()), 1ms);
    EXPECT_EQ(service->runs, 1);
    clock.advance(1ms);
    loop->run_due();
    EXPECT_EQ(service->runs, 2);
    EXPECT_EQ(loop->counts()[0].done, 4U);
}

TEST_F(PeriodicLoopTest, comes_back_when_the_service_asks_but_no_later_than_its_interval) {
    service->again_in = 30ms;
    EXPECT_EQ(until(loop->run_due()), 30ms);
    clock.advance(30ms);
    service->again_in = 1h;
    EXPECT_EQ(until(loop->run_due()), 1s);
    EXPECT_EQ(service->runs, 2);
}

TEST_F(PeriodicLoopTest, hurry_makes_an_awaited_service_due_and_no_other) {
    loop->run_due();
    loop->hurry();
    loop->run_due();
    EXPECT_EQ(service->runs, 2);
    service->awaited = false;
    loop->hurry();
    loop->run_due();
    EXPECT_EQ(service->runs, 2);
}

TEST_F(PeriodicLoopTest, a_failure_is_counted_and_pauses_grow) {
    service->fails = true;
    EXPECT_EQ(until(loop->run_due()), 1s);
    clock.advance(1s);
    EXPECT_EQ(until(loop->run_due()), 2s);
    loop->hurry();
    loop->run_due();
    EXPECT_EQ(service->runs, 2) << "a failing service is not hurried";
    for (int i = 0; i < 10; ++i) {
        clock.advance(30s);
        loop->run_due();
    }
    EXPECT_LE(until(loop->run_due()), 30s);
    EXPECT_EQ(loop->counts()[0].failures, 12U);
    service->fails = false;
    clock.advance(30s);
    EXPECT_EQ(until(loop->run_due()), 1s);
}

TEST_F(PeriodicLoopTest, nothing_runs_while_another_process_leads) {
    test::Sql sql(database.owner_dsn());
    sql.run("INSERT INTO leases VALUES ('scheduler', 'other', clock_timestamp() + interval '1 hour')");
    EXPECT_EQ(until(loop->run_due()), 5s);
    EXPECT_EQ(service->runs, 0);
    sql.run("DELETE FROM leases");
    clock.advance(5s);
    loop->run_due();
    EXPECT_EQ(service->runs, 1);
    sql.run("UPDATE leases SET owner = 'other'");
    clock.advance(1s);
    loop->run_due();
    EXPECT_EQ(service->runs, 1) << "the lease was taken away in between";
}

TEST_F(PeriodicLoopTest, an_absent_database_is_asked_again_later) {
    db::Pool nowhere("host=/nonexistent dbname=x", 1);
    Leadership lost(nowhere, clock, "test", 15s);
    PeriodicLoop other(nowhere, clock, lost, {});
    EXPECT_EQ(until(other.run_due()), 500ms);
    clock.advance(500ms);
    EXPECT_EQ(until(other.run_due()), 1s);
}

}  // namespace
}  // namespace stoker::scheduler
