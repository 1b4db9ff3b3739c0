#include <gtest/gtest.h>

#include "db/control_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class ForEachTest : public RunQueueTest {
  protected:
    /// A for-each of that many places over `each`, and a task that follows it.
    db::NewJob loop(int retries = 0) const {
        db::JobTask loop;
        loop.task_key = "loop";
        loop.task_type = "for_each_task";
        loop.definition = R"({"task_key":"loop"})";
        db::JobTask each = task("each");
        each.nested_in = 0;
        each.max_retries = retries;
        return job({loop, each, task("after", {"loop"})});
    }

    /// As the scheduler does once it has the inputs. The for-each's task run.
    RunId begin_loop(const std::string& inputs, int concurrency) {
        const auto taken = server.run_blocking([](db::Transaction& tx) { return db::take_control_tasks(tx, 10); });
        EXPECT_EQ(taken.size(), 1u);
        server.run_blocking(
            [&](db::Transaction& tx) { return db::begin_for_each(tx, taken.at(0).run_id, inputs, concurrency); });
        return taken.at(0).run_id;
    }
    std::vector<std::string> inputs_under_way() {
        return sql.column(
            "SELECT input FROM task_runs WHERE for_each_run_id IS NOT NULL AND end_time = 0 ORDER BY iteration");
    }
};

using Texts = std::vector<std::string>;

TEST_F(ForEachTest, EachEndBeginsTheNextIteration) {
    RunId run_id = start(create(loop()));
    EXPECT_TRUE(claim().empty()) << "a for-each holds no slot";
    begin_loop(R"(["a","b",{"c":1}])", 2);
    EXPECT_EQ(inputs_under_way(), (Texts{"\"a\"", "\"b\""}));
    auto claimed = claim();
    ASSERT_EQ(claimed.size(), 2u);
    EXPECT_EQ(claimed[0].task_key, "each");
    finish(success(claimed[1]));
    EXPECT_EQ(inputs_under_way(), (Texts{"\"a\"", "{\"c\": 1}"}));
    finish(success(claimed[0]));
    EXPECT_EQ(state(last_try(run_id, "loop")), "RUNNING");
    finish(success(claim_one()));
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED SUCCESS");
    EXPECT_EQ(claim_one().task_key, "after");
    EXPECT_TRUE(tries(run_id, "each").empty()) << "iterations are no tasks of the run";
}

TEST_F(ForEachTest, FailsInTheEndWhenAnIterationHasFailed) {
    RunId run_id = start(create(loop()));
    begin_loop("[1,2,3]", 1);
    finish(success(claim_one()));
    finish(failure(claim_one()));
    finish(success(claim_one()));
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED FAILED");
    EXPECT_EQ(last_try(run_id, "loop").state_message, "1 of 3 iterations failed");
    EXPECT_EQ(state(last_try(run_id, "after")), "SKIPPED UPSTREAM_FAILED");
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
}

TEST_F(ForEachTest, AnIterationIsTriedAgainInItsPlace) {
    start(create(loop(1)));
    begin_loop("[1,2]", 1);
    auto first = claim_one();
    finish(failure(first));
    EXPECT_EQ(inputs_under_way(), Texts{"1"});
    auto again = claim_one();
    EXPECT_EQ(again.attempt_number, 1);
    finish(success(again));
    EXPECT_EQ(inputs_under_way(), Texts{"2"});
    finish(success(claim_one()));
    EXPECT_EQ(claim_one().task_key, "after");
}

TEST_F(ForEachTest, WithoutInputsEndsAtOnce) {
    RunId run_id = start(create(loop()));
    begin_loop("[]", 4);
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED SUCCESS");
    EXPECT_EQ(claim_one().task_key, "after");
}

TEST_F(ForEachTest, ACancelledRunBeginsNoFurtherIteration) {
    RunId run_id = start(create(loop()));
    begin_loop("[1,2,3,4]", 2);
    auto running = claim(1);
    const auto cancelled = cancel(run_id);
    EXPECT_NE(std::find(cancelled.cancelled_task_runs.begin(), cancelled.cancelled_task_runs.end(), running[0].run_id),
              cancelled.cancelled_task_runs.end());
    EXPECT_EQ(inputs_under_way(), Texts{"1"}) << "what waited has ended";
    auto outcome = failure(running[0]);
    outcome.result_state = "CANCELED";
    finish(outcome);
    EXPECT_EQ(inputs_under_way(), Texts{});
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED CANCELED");
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 0);
}

TEST_F(ForEachTest, CancellingTheForEachLeavesTheRestOfTheRun) {
    db::NewJob made = loop();
    made.tasks.push_back(task("beside"));
    RunId run_id = start(create(made));
    const RunId for_each = begin_loop("[1,2]", 1);
    cancel(for_each);
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED CANCELED");
    EXPECT_EQ(state(last_try(run_id, "after")), "SKIPPED UPSTREAM_CANCELED");
    EXPECT_EQ(claim_one().task_key, "beside");
}

TEST_F(ForEachTest, AThousandIterationsGoThroughFiftyPlaces) {
    RunId run_id = start(create(loop()));
    begin_loop(sql.one("SELECT jsonb_agg(i) FROM generate_series(1, 1000) i"), 50);
    std::size_t ended = 0;
    for (auto claimed = claim(); !claimed.empty(); claimed = claim()) {
        if (claimed[0].task_key == "after") break;
        EXPECT_LE(claimed.size(), 50u);
        for (const auto& one : claimed) finish(success(one));
        ended += claimed.size();
    }
    EXPECT_EQ(ended, 1000u);
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED SUCCESS");
}
}  // namespace
}  // namespace stoker::test
