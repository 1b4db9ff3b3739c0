#include <gtest/gtest.h>

#include "db/control_store.h"
#include "db/repair_store.h"
#include "tests/db/notifications_fixture.h"

namespace stoker::test {
namespace {

/// That whatever begins and ends runs tells of them, and looks at nothing of jobs that tell nobody.
class NotificationHooksTest : public NotificationsTest {
  protected:
    const std::string events = R"("email_notifications":{"on_start":["a"],"on_success":["a"],"on_failure":["a"]})";

    db::JobTask telling_task(const std::string& key, std::vector<std::string> depends_on = {}) const {
        db::JobTask made = telling(key, events);
        made.depends_on = std::move(depends_on);
        return made;
    }
    /// Tells "a" of its runs and of all tasks that are telling ones.
    db::NewJob notifying_job(std::vector<db::JobTask> tasks) {
        db::NewJob made = telling_job(events, std::move(tasks));
        made.notifies = true;
        return made;
    }
    db::NewJob loop(const std::string& cluster_id = kCluster) {
        db::JobTask loop = telling_task("loop");
        loop.task_type = "for_each_task";
        loop.existing_cluster_id = "";
        db::JobTask each = telling_task("each");
        each.nested_in = 0;
        each.existing_cluster_id = cluster_id;
        return notifying_job({loop, each});
    }
    void begin_loop(const std::string& inputs) {
        server.run_blocking([&](db::Transaction& tx) {
            const auto taken = db::take_control_tasks(tx, 10);
            db::begin_for_each(tx, taken.at(0).run_id, inputs, 1);
        });
    }
    db::ClaimedTaskRun begin_one() {
        auto claimed = claim_one();
        EXPECT_TRUE(begin(claimed));
        return claimed;
    }
    void repair(RunId run_id) {
        db::RepairRequest request;
        request.run_id = run_id;
        request.rerun_all_failed_tasks = true;
        const auto result = server.run_blocking([&](db::Transaction& tx) { return db::repair_run(tx, request); });
        EXPECT_EQ(result.outcome, db::RepairOutcome::kCreated);
    }
};

TEST_F(NotificationHooksTest, ARunIsToldOfWhenItBeginsAndWhenItEnds) {
    start(create(notifying_job({telling_task("only")})));
    auto claimed = claim_one();
    EXPECT_EQ(told(), Rows{}) << "a claim may be given back";
    begin(claimed);
    EXPECT_EQ(told(), (Rows{"on_start a", "on_start only 0 a"}));
    finish(success(claimed));
    EXPECT_EQ(told(), (Rows{"on_success a", "on_success only 0 a"}));
}

TEST_F(NotificationHooksTest, EachTryIsToldOf) {
    auto only = telling_task("only");
    only.max_retries = 1;
    start(create(notifying_job({only})));
    finish(failure(begin_one()));
    EXPECT_EQ(told(), (Rows{"on_failure only 0 a", "on_start a", "on_start only 0 a"}));
    finish(failure(begin_one()));
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure only 1 a", "on_start only 1 a"}));
}

TEST_F(NotificationHooksTest, WhatAFailureKeepsFromRunningIsToldOf) {
    start(create(notifying_job({telling_task("a"), telling_task("b", {"a"})})));
    finish(failure(claim_one()));
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure a 0 a", "on_failure b 0 a"}));
}

TEST_F(NotificationHooksTest, ACancelIsToldOf) {
    const auto job_id = create(notifying_job({telling_task("a"), telling_task("b", {"a"})}));
    cancel(start(job_id));
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure a 0 a", "on_failure b 0 a"}));
    RunId run_id = start(job_id);
    cancel(last_try(run_id, "b").run_id);
    EXPECT_EQ(told(), Rows{"on_failure b 0 a"});
}

TEST_F(NotificationHooksTest, ARunThatWaitedForTooLongIsToldOf) {
    db::NewJob limited = notifying_job({task("only")});
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    start(job_id);
    start(job_id);
    sql.run("UPDATE runs SET deadline_at = now() - interval '1 second' WHERE life_cycle_state = 'QUEUED'");
    server.run_blocking([](db::Transaction& tx) { db::time_out_runs(tx, 10); });
    EXPECT_EQ(told(), Rows{"on_failure a"});
}

TEST_F(NotificationHooksTest, ASkippedRunIsToldOf) {
    db::NewJob full = notifying_job({telling_task("only")});
    full.max_concurrent_runs = 0;
    start(create(full));
    EXPECT_EQ(told(), Rows{"on_failure a"}) << "its tasks never were";
}

TEST_F(NotificationHooksTest, ALostWorkerIsToldOf) {
    start(create(notifying_job({telling_task("only")})));
    begin_one();
    told();
    expire_leases();
    rescue();
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure only 0 a"}));
}

TEST_F(NotificationHooksTest, ATaskWithoutAClusterIsToldOf) {
    auto only = telling_task("only");
    only.existing_cluster_id = "gone";
    start(create(notifying_job({only})));
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure only 0 a"}));
}

TEST_F(NotificationHooksTest, ARepairIsToldOfAnew) {
    RunId run_id = start(create(notifying_job({telling_task("only")})));
    finish(failure(begin_one()));
    EXPECT_EQ(told().size(), 4u);
    repair(run_id);
    finish(success(begin_one()));
    EXPECT_EQ(told(), (Rows{"on_start a", "on_start only 0 a", "on_success a", "on_success only 0 a"}));
}

TEST_F(NotificationHooksTest, AForEachAndItsIterationsAreToldOf) {
    start(create(loop()));
    begin_loop("[1,2]");
    EXPECT_EQ(told(), (Rows{"on_start a", "on_start loop 0 a"}));
    finish(success(begin_one()));
    EXPECT_EQ(told(), (Rows{"on_start each 0 a", "on_success each 0 a"}));
    finish(failure(begin_one()));
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure each 0 a", "on_failure loop 0 a", "on_start each 0 a"}));
}

TEST_F(NotificationHooksTest, IterationsThatEndAtOnceAreToldOfOneByOne) {
    start(create(loop("gone")));
    begin_loop("[1,2,3]");
    EXPECT_EQ(told(), (Rows{"on_failure a", "on_failure each 0 a", "on_failure each 0 a", "on_failure each 0 a",
                            "on_failure loop 0 a", "on_start a", "on_start loop 0 a"}));
}

TEST_F(NotificationHooksTest, JobsThatTellNobodyNeverComeToTheRoutines) {
    for (const char* routine : {"tell_of_started", "tell_of_ended_task_runs", "tell_of_ended_runs"})
        sql.run("CREATE OR REPLACE FUNCTION " + std::string(routine) +
                (std::string(routine) == "tell_of_ended_runs" ? "(run_ids bigint[])" : "(task_run_ids bigint[])") +
                " RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$");
    auto silent = [this](db::NewJob job) {
        job.notifies = false;
        return create(job);
    };
    auto retried = telling_task("retried");
    retried.max_retries = 1;
    RunId run_id = start(silent(notifying_job({retried, telling_task("after", {"retried"})})));
    finish(failure(begin_one()));
    finish(failure(begin_one()));
    repair(run_id);
    finish(success(begin_one()));
    finish(success(begin_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");

    RunId looping = start(silent(loop()));
    begin_loop("[1,2]");
    finish(success(begin_one()));
    finish(success(begin_one()));
    EXPECT_EQ(state(looping), "TERMINATED SUCCESS");

    db::NewJob full = notifying_job({telling_task("only")});
    full.max_concurrent_runs = 0;
    EXPECT_EQ(state(start(silent(full))), "SKIPPED MAXIMUM_CONCURRENT_RUNS_REACHED");

    RunId cancelled = start(silent(notifying_job({telling_task("only")})));
    cancel(cancelled);
    EXPECT_EQ(state(cancelled), "TERMINATED CANCELED");

    JobId notifying = create(notifying_job({telling_task("only")}));
    EXPECT_ANY_THROW(cancel(start(notifying))) << "the routines are the ones that are called";
}

}  // namespace
}  // namespace stoker::test
