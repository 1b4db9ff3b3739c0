#include <set>

#include <gtest/gtest.h>

#include "core/error.h"
#include "db/workspace_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class ClaimTest : public RunQueueTest {
  protected:
    void put_notebook() {
        server.run_blocking([](db::Transaction& tx) {
            db::make_directories(tx, "/Users", kUser, 1);
            db::WorkspaceObject notebook;
            notebook.path = "/Shared/notebook";
            notebook.object_type = "NOTEBOOK";
            notebook.language = "PYTHON";
            notebook.format = "SOURCE";
            notebook.creator_user_name = kUser;
            db::put_object(tx, notebook, "print(1)");
        });
    }
};

TEST_F(ClaimTest, BringsAllTheWorkerNeeds) {
    put_notebook();
    auto asked = request(create(job()));
    asked.overriding_parameters = R"({"notebook_params": {"text": "x"}})";
    asked.kernel_token = "token";
    RunId run_id = enqueue(asked).run_id;
    auto claimed = claim_one();
    EXPECT_EQ(claimed.job_run_id, run_id);
    EXPECT_EQ(claimed.task_key, "only");
    EXPECT_EQ(claimed.source_content, "print(1)");
    EXPECT_EQ(claimed.source_language, "PYTHON");
    EXPECT_EQ(claimed.overriding_parameters, asked.overriding_parameters);
    EXPECT_EQ(claimed.kernel_token, "token");
    EXPECT_EQ(claimed.run_as_user_name, kUser);
    EXPECT_EQ(claimed.lease_token.size(), 36u);
    EXPECT_EQ(state(run_id), "RUNNING");
    EXPECT_EQ(run(run_id).state_message, "In run");
    EXPECT_EQ(state(last_try(run_id, "only")), "RUNNING");
    EXPECT_TRUE(claim().empty());
}

TEST_F(ClaimTest, ANotebookThatIsNotThereIsAbsent) {
    start(create(job()));
    EXPECT_EQ(claim_one().source_content, std::nullopt);
}

TEST_F(ClaimTest, HigherPriorityFirstThenTheOlder) {
    db::NewJob urgent = job();
    urgent.settings = R"({"tags":{"stoker.priority":"5"}})";
    urgent.priority = 5;
    JobId plain = create(job()), first = create(urgent);
    RunId a = start(plain), b = start(plain), c = start(first);
    auto claimed = claim(3);
    ASSERT_EQ(claimed.size(), 3u);
    EXPECT_EQ(claimed[0].job_run_id, c);
    EXPECT_EQ(claimed[1].job_run_id, a);
    EXPECT_EQ(claimed[2].job_run_id, b);
    EXPECT_NE(claimed[0].job_tags.find("stoker.priority"), std::string::npos);
}

TEST_F(ClaimTest, AJobWithManyRunsDoesNotKeepAnothersWaiting) {
    JobId busy = create(job()), light = create(job());
    std::vector<RunId> many;
    for (int i = 0; i < 6; ++i) many.push_back(start(busy));
    RunId one = start(light), two = start(light);
    std::vector<RunId> order;
    for (const auto& claimed : claim(8)) order.push_back(claimed.job_run_id);
    EXPECT_EQ(order, (std::vector{many[0], one, many[1], two, many[2], many[3], many[4], many[5]}));
}

TEST_F(ClaimTest, WhatStandsBehindTheTurnIsFoundByTheSweep) {
    RunId early = start(create(job()));
    sql.run("UPDATE queue_turns SET turn = 1000");
    EXPECT_TRUE(claim().empty());
    auto clusters = server.run_blocking([](db::Transaction& tx) { return db::clusters_with_ready_work(tx); });
    EXPECT_EQ(clusters, std::vector<ClusterId>{kCluster});
    EXPECT_EQ(claim_one().job_run_id, early);
}

TEST_F(ClaimTest, RowsThatAnOldSnapshotKeepsAreNotLookedAtAgain) {
    Sql old(database.owner_dsn());
    old.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM runs");
    JobId job_id = create(job());
    auto entries_read = [&] {
        sql.run("SELECT pg_stat_force_next_flush()");
        return sql.number("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'task_queue_ready'");
    };
    auto entries_read_by_a_claim = [&] {
        start(job_id);
        const auto before = entries_read();
        EXPECT_EQ(sql.number("SELECT count(*) FROM claim_task_runs('worker-1', 1, 60)"), 1);
        return entries_read() - before;
    };
    for (int i = 0; i < 300; ++i) {
        start(job_id);
        // As when two seconds had passed since the turn was last moved.
        if (i % 20 == 0) sql.run("UPDATE queue_turns SET next_at = now() - interval '3 seconds'");
        finish(success(claim_one()));
    }
    EXPECT_LT(entries_read_by_a_claim(), 50);
    sql.run("UPDATE queue_turns SET turn = 0");
    EXPECT_GT(entries_read_by_a_claim(), 300);
}

TEST_F(ClaimTest, OnlyReadyWorkersOfTheClustersGenerationMayClaim) {
    start(create(job()));
    EXPECT_TRUE(claim(1, "nobody").empty());
    sql.run("UPDATE workers SET state = 'STARTING'");
    EXPECT_TRUE(claim().empty());
    sql.run("UPDATE workers SET state = 'READY'; UPDATE clusters SET generation = 2");
    EXPECT_TRUE(claim().empty());
    sql.run("UPDATE clusters SET generation = 1, state = 'TERMINATING'");
    EXPECT_TRUE(claim().empty());
    sql.run("UPDATE clusters SET state = 'RUNNING'");
    EXPECT_EQ(claim().size(), 1u);
}

TEST_F(ClaimTest, TwoConnectionsNeverClaimTheSame) {
    JobId job_id = create(job());
    for (int i = 0; i < 20; ++i) start(job_id);
    std::set<RunId> seen;
    worker.run_blocking([&](db::Transaction& tx) {
        for (auto& one : db::claim_task_runs(tx, kWorker, 10, kLeaseSeconds)) seen.insert(one.run_id);
        // A second connection, while the first has not committed: it steps over the locked rows without waiting.
        for (auto& one : claim(20)) EXPECT_TRUE(seen.insert(one.run_id).second);
    });
    EXPECT_EQ(seen.size(), 20u);
}

TEST_F(ClaimTest, ALongQueueIsReadThroughItsIndex) {
    sql.run(
        "INSERT INTO task_queue (run_id, job_run_id, cluster_id) SELECT i, i, 'other' FROM generate_series(1000000, "
        "1050000) i;"
        "ANALYZE task_queue; LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
        "SET auto_explain.log_nested_statements = on; SET client_min_messages = log;");
    start(create(job()));
    sql.notices();
    EXPECT_EQ(sql.number("SELECT count(*) FROM claim_task_runs('worker-1', 4, 60)"), 1);
    std::string plan = sql.notices();
    EXPECT_NE(plan.find("Index Scan using task_queue_ready"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
}

TEST_F(ClaimTest, HeartbeatTellsLostCancelledAndStop) {
    JobId job_id = create(job());
    start(job_id);
    start(job_id);
    auto claimed = claim(2);
    cancel(claimed[0].job_run_id);
    sql.run("UPDATE task_queue SET lease_token = gen_random_uuid() WHERE run_id = " + to_string(claimed[1].run_id));
    auto beat = [&] {
        return worker.run_blocking([&](db::Transaction& tx) {
            return db::heartbeat(tx, kWorker, {lease(claimed[0], true), lease(claimed[1])}, kLeaseSeconds);
        });
    };
    auto reply = beat();
    EXPECT_EQ(reply.cancelled, std::vector{claimed[0].run_id});
    EXPECT_EQ(reply.lost, std::vector{claimed[1].run_id});
    EXPECT_FALSE(reply.stop);
    EXPECT_EQ(sql.one("SELECT begun FROM task_queue WHERE run_id = " + to_string(claimed[0].run_id)), "t");
    sql.run("UPDATE clusters SET generation = 2");
    EXPECT_TRUE(beat().stop);
}

TEST_F(ClaimTest, AReleasedClaimIsReadyAgainWithTheSameRunId) {
    RunId run_id = start(create(job()));
    auto first = claim_one();
    auto released = worker.run_blocking([&](db::Transaction& tx) { return db::release_task_runs(tx, {lease(first)}); });
    EXPECT_EQ(released.ready_clusters, std::vector<ClusterId>{kCluster});
    EXPECT_EQ(state(last_try(run_id, "only")), "PENDING");
    auto second = claim_one();
    EXPECT_EQ(second.run_id, first.run_id);
    EXPECT_NE(second.lease_token, first.lease_token);
}

TEST_F(ClaimTest, LookingForWorkIsNoActivityOfTheCluster) {
    JobId job_id = create(job());
    start(job_id);
    claim();
    sql.run("UPDATE clusters SET last_activity_time = 1");
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(sql.number("SELECT last_activity_time FROM clusters"), 1);
    start(job_id);
    claim();
    EXPECT_GT(sql.number("SELECT last_activity_time FROM clusters"), 1);
}

TEST_F(ClaimTest, ACalledNotebookIsARunOfItsOwn) {
    put_notebook();
    RunId run_id = start(create(job()));
    auto parent = claim_one();
    begin(parent);
    auto child = worker.run_blocking([&](db::Transaction& tx) {
        return db::begin_workflow_run(tx, lease(parent, true), "/Workspace/Shared/notebook", R"({"a":"1"})", 60,
                                      kLeaseSeconds);
    });
    EXPECT_EQ(child.source_content, "print(1)");
    EXPECT_NE(child.definition.find(R"("a": "1")"), std::string::npos);
    EXPECT_EQ(run(child.job_run_id).run_type, "WORKFLOW_RUN");
    EXPECT_EQ(state(child.job_run_id), "RUNNING");
    EXPECT_TRUE(cancel(run_id).cancelled_task_runs.size() == 2);
    EXPECT_EQ(state(child.job_run_id), "TERMINATING");
    auto ended = success(child);
    EXPECT_EQ(finish(ended).outcomes.at(0), db::FinishOutcome::kFinished);
    EXPECT_EQ(state(child.job_run_id), "TERMINATED SUCCESS");
}

TEST_F(ClaimTest, ANotebookInAnothersHomeIsNotCalled) {
    put_notebook();
    sql.run("UPDATE workspace_objects SET path = '/Users/somebody@else/private' WHERE path = '/Shared/notebook'");
    start(create(job()));
    auto parent = claim_one();
    begin(parent);
    EXPECT_THROW(worker.run_blocking([&](db::Transaction& tx) {
        return db::begin_workflow_run(tx, lease(parent, true), "/Users/somebody@else/private", "{}", 60, kLeaseSeconds);
    }),
                 ApiError);
}

TEST_F(ClaimTest, ACalledNotebookThatIsNotThereLeavesNothing) {
    start(create(job()));
    auto parent = claim_one();
    EXPECT_THROW(worker.run_blocking([&](db::Transaction& tx) {
        return db::begin_workflow_run(tx, lease(parent), "/nowhere", "", 0, kLeaseSeconds);
    }),
                 ApiError);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 1);
    auto stranger = lease(parent);
    stranger.lease_token = "00000000-0000-0000-0000-000000000000";
    EXPECT_THROW(worker.run_blocking([&](db::Transaction& tx) {
        return db::begin_workflow_run(tx, stranger, "/nowhere", "", 0, kLeaseSeconds);
    }),
                 ApiError);
}

}  // namespace
}  // namespace stoker::test
