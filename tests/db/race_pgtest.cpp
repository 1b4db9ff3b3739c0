#include <atomic>
#include <barrier>
#include <thread>

#include <gtest/gtest.h>

#include "db/cluster_policy_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class RaceTest : public RunQueueTest {
  protected:
    // Runs both at the same moment, on two threads.
    template <class A, class B>
    static void together(A a, B b) {
        std::barrier gate(2);
        std::thread other([&] {
            gate.arrive_and_wait();
            b();
        });
        gate.arrive_and_wait();
        a();
        other.join();
    }
};

TEST_F(RaceTest, TwoLastTasksThatFinishTogetherEndTheRun) {
    JobId job_id = create(job({task("a"), task("b")}));
    for (int i = 0; i < 1000; ++i) {
        start(job_id);
        auto claimed = claim(2);
        ASSERT_EQ(claimed.size(), 2u);
        together([&] { finish(success(claimed[0])); }, [&] { finish(success(claimed[1])); });
    }
    EXPECT_EQ(
        sql.number("SELECT count(*) FROM runs WHERE life_cycle_state = 'TERMINATED' AND result_state = 'SUCCESS'"),
        1000);
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(RaceTest, OfTwoPoliciesThatAreGivenOneNameOneGetsIt) {
    auto add = [&](const db::ClusterPolicyRow& policy) {
        return server.run_blocking([&](db::Transaction& tx) { return db::add_cluster_policy(tx, policy); });
    };
    auto rename = [&](const db::ClusterPolicyRow& policy) {
        return server.run_blocking([&](db::Transaction& tx) { return db::change_cluster_policy(tx, policy); });
    };
    db::ClusterPolicyRow a{.policy_id = "a", .name = "a", .definition = "{}"};
    db::ClusterPolicyRow b{.policy_id = "b", .name = "b", .definition = "{}"};
    ASSERT_TRUE(add(a) && add(b));
    for (int i = 0; i < 50; ++i) {
        a.name = b.name = "name " + std::to_string(i);
        db::PolicyChange of_a{}, of_b{};
        together([&] { of_a = rename(a); }, [&] { of_b = rename(b); });
        EXPECT_NE(of_a == db::PolicyChange::kDone, of_b == db::PolicyChange::kDone) << i;
    }
}

TEST_F(RaceTest, JoinsBecomeReadyOnceAndOnlyOnce) {
    JobId job_id = create(job({task("a"), task("b"), task("end", {"a", "b"})}));
    for (int i = 0; i < 100; ++i) {
        RunId run_id = start(job_id);
        auto claimed = claim(2);
        together([&] { finish(success(claimed[0])); }, [&] { finish(success(claimed[1])); });
        auto end = claim(2);
        ASSERT_EQ(end.size(), 1u);
        finish(success(end[0]));
        ASSERT_EQ(state(run_id), "TERMINATED SUCCESS");
    }
}

TEST_F(RaceTest, CancelAgainstClaimLeavesNoRunBehind) {
    JobId job_id = create(job());
    for (int i = 0; i < 200; ++i) {
        RunId run_id = start(job_id);
        std::vector<db::ClaimedTaskRun> claimed;
        together([&] { claimed = claim(); }, [&] { cancel(run_id); });
        for (auto& each : claimed) {
            auto outcome = success(each);
            outcome.result_state = "CANCELED";
            finish(outcome);
        }
        ASSERT_EQ(state(run_id), "TERMINATED CANCELED") << i;
    }
    EXPECT_EQ(active_runs(job_id), 0);
}

TEST_F(RaceTest, CancelOfAQueuedRunAgainstTheFinishThatAdmitsIt) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 1;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    for (int i = 0; i < 200; ++i) {
        start(job_id);
        RunId second = start(job_id), third = start(job_id);
        auto claimed = claim_one();
        together([&] { finish(success(claimed)); }, [&] { cancel(second); });
        ASSERT_EQ(state(second), "TERMINATED CANCELED");
        auto next = claim();
        ASSERT_EQ(next.size(), 1u) << i;
        EXPECT_EQ(next[0].job_run_id, third);
        finish(success(next[0]));
        ASSERT_EQ(active_runs(job_id), 0);
    }
}

TEST_F(RaceTest, EnqueueAgainstFinishNeverPassesTheLimit) {
    db::NewJob limited = job();
    limited.max_concurrent_runs = 2;
    limited.queue_enabled = true;
    JobId job_id = create(limited);
    std::atomic<bool> over = false;
    together(
        [&] {
            for (int i = 0; i < 200; ++i) start(job_id);
            over = true;
        },
        [&] {
            while (!over || sql.number("SELECT count(*) FROM task_queue") > 0) {
                ASSERT_LE(sql.number("SELECT count(*) FROM task_queue"), 2);
                for (auto& each : claim(1)) finish(success(each));
            }
        });
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE result_state = 'SUCCESS'"), 200);
    EXPECT_EQ(active_runs(job_id), 0);
}

}  // namespace
}  // namespace stoker::test
