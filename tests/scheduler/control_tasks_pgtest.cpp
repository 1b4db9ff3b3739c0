#include <thread>

#include <gtest/gtest.h>

#include "scheduler/control_tasks.h"
#include "tests/support/factories.h"

namespace stoker::scheduler {
namespace {
using test::task;

class ControlTasksTest : public test::RunQueueTest {
  protected:
    /// All that is ready, and what becomes ready by it.
    void control() {
        while (server.run_blocking([&](db::Transaction& tx) { return service.run_once(tx, 0); }).done > 0) {
        }
    }
    static db::JobTask of_type(const std::string& key, const std::string& type, const std::string& part,
                               std::vector<std::string> depends_on = {}) {
        db::JobTask made = task(key, std::move(depends_on));
        made.existing_cluster_id.clear();
        made.source_path.clear();
        made.task_type = type;
        made.definition = R"({"task_key":")" + key + R"(",")" + type + R"(":)" + part + "}";
        made.has_references = made.definition.find("{{") != std::string::npos;
        return made;
    }
    static db::JobTask condition(const std::string& op, const std::string& left, const std::string& right) {
        return of_type("check", "condition_task",
                       R"({"op":")" + op + R"(","left":")" + left + R"(","right":")" + right + R"("})");
    }
    static db::JobTask on(const std::string& outcome, const std::string& key) {
        db::JobTask made = task(key, {"check"});
        made.outcomes = {outcome};
        return made;
    }
    std::string error_of(RunId run_id, const std::string& key) {
        return sql.one("SELECT error FROM task_outputs WHERE run_id = " + to_string(last_try(run_id, key).run_id));
    }
    void set_value(const db::ClaimedTaskRun& claimed, const std::string& key, const std::string& value) {
        worker.run_blocking([&](db::Transaction& tx) { return db::set_task_value(tx, lease(claimed), key, value); });
    }

    ControlTasks service{{"a signing key of thirty-two characters", "42", "https://h"}};
};

TEST_F(ControlTasksTest, OneBranchOfAConditionRuns) {
    RunId run_id = start(create(
        job({condition("GREATER_THAN", "12.5", "3"), on("true", "yes"), on("false", "no"), task("after_no", {"no"})})));
    EXPECT_TRUE(claim().empty());
    control();
    EXPECT_EQ(last_try(run_id, "check").outcome, "true");
    EXPECT_EQ(state(last_try(run_id, "no")), "SKIPPED EXCLUDED");
    EXPECT_EQ(state(last_try(run_id, "after_no")), "SKIPPED EXCLUDED");
    finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(ControlTasksTest, BranchesComeTogetherAgain) {
    db::JobTask join = task("join", {"yes", "no"});
    join.run_if = "NONE_FAILED";
    start(create(job({condition("EQUAL_TO", "a", "b"), on("true", "yes"), on("false", "no"), join})));
    control();
    auto claimed = claim_one();
    EXPECT_EQ(claimed.task_key, "no");
    finish(success(claimed));
    EXPECT_EQ(claim_one().task_key, "join");
}

TEST_F(ControlTasksTest, AConditionSeesWhatTasksBeforeItSet) {
    auto check = condition("EQUAL_TO", "{{tasks.first.values.rows}}", "{{job.parameters.wanted}}");
    check.depends_on = {"first"};
    auto asked = request(create(job({task("first"), check})));
    asked.job_parameters = R"([{"name":"wanted","value":"3"}])";
    RunId run_id = enqueue(asked).run_id;
    auto first = claim_one();
    set_value(first, "rows", "3");
    finish(success(first));
    control();
    EXPECT_EQ(last_try(run_id, "check").outcome, "true");
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(ControlTasksTest, WhatCannotBeComparedFailsAndSaysWhy) {
    RunId words = start(create(job({condition("LESS_THAN", "many", "3")})));
    RunId missing = start(create(job({condition("EQUAL_TO", "{{tasks.check.values.none}}", "3")})));
    control();
    EXPECT_EQ(state(words), "INTERNAL_ERROR FAILED");
    EXPECT_NE(error_of(words, "check").find("'many'"), std::string::npos);
    EXPECT_NE(error_of(missing, "check").find("{{tasks.check.values.none}}"), std::string::npos);
}

TEST_F(ControlTasksTest, AForEachTakesItsInputsFromATaskValue) {
    auto loop = of_type("loop", "for_each_task", R"({"inputs":"{{tasks.first.values.list}}","concurrency":2,
                        "task":{"task_key":"each"}})",
                        {"first"});
    auto each = task("each");
    each.nested_in = 1;
    each.definition =
        R"({"task_key":"each","notebook_task":{"notebook_path":"/n","base_parameters":{"x":"{{input.k}}"}}})";
    each.has_references = true;
    RunId run_id = start(create(job({task("first"), loop, each})));
    auto first = claim_one();
    set_value(first, "list", R"([{"k":"one"},{"k":"two"},{"k":"three"}])");
    finish(success(first));
    control();
    auto claimed = claim();
    ASSERT_EQ(claimed.size(), 2u);
    EXPECT_NE(claimed[0].reference_values.find(R"("input": {"k": "one"})"), std::string::npos)
        << claimed[0].reference_values;
    finish(success(claimed[0]));
    finish(success(claimed[1]));
    finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}

TEST_F(ControlTasksTest, ALateForEachTimesOutWhoseIterationsAllWait) {
    auto loop = of_type("loop", "for_each_task", R"({"inputs":"[1,2,3]","concurrency":2,"task":{"task_key":"each"}})");
    loop.timeout_seconds = 60;
    auto each = task("each");
    each.nested_in = 0;
    RunId run_id = start(create(job({loop, each, task("after", {"loop"})})));
    control();
    sql.run("UPDATE task_runs SET start_time = start_time - 61000 WHERE life_cycle_state = 'RUNNING'");
    control();
    EXPECT_EQ(state(last_try(run_id, "loop")), "TERMINATED TIMEDOUT");
    EXPECT_EQ(sql.column("SELECT result_state FROM task_runs WHERE for_each_run_id IS NOT NULL"),
              (std::vector<std::string>{"CANCELED", "CANCELED"}));
    EXPECT_EQ(state(last_try(run_id, "after")), "SKIPPED UPSTREAM_FAILED");
    EXPECT_EQ(state(run_id), "TERMINATED TIMEDOUT");
    EXPECT_EQ(sql.number("SELECT count(*) FROM task_queue"), 0);
}

TEST_F(ControlTasksTest, InputsThatAreNoArrayFailTheForEach) {
    auto loop = of_type("loop", "for_each_task", R"({"inputs":"{{job.parameters.list}}","task":{"task_key":"each"}})");
    auto each = task("each");
    each.nested_in = 0;
    auto asked = request(create(job({loop, each})));
    asked.job_parameters = R"([{"name":"list","value":"a, b"}])";
    RunId run_id = enqueue(asked).run_id;
    control();
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_NE(error_of(run_id, "loop").find("a, b"), std::string::npos);
}

TEST_F(ControlTasksTest, ATaskThatCannotBeDoneFailsAloneAndSaysWhy) {
    const auto for_each = [&](const std::string& part) {
        auto each = task("each");
        each.nested_in = 0;
        return start(create(job({of_type("loop", "for_each_task", part), each})));
    };
    const std::string nested = R"({"task_key":"each"})";
    const RunId number_as_text = for_each(R"({"inputs":"[1]","concurrency":"two","task":)" + nested + "}");
    const RunId nul = for_each(R"({"inputs":"[\"\\u0000\"]","task":)" + nested + "}");
    const RunId deep = for_each(R"({"inputs":")" + std::string(200'000, '[') + std::string(200'000, ']') +
                                R"(","task":)" + nested + "}");
    const RunId sound = start(create(job({condition("EQUAL_TO", "1", "1")})));
    control();
    for (const RunId run_id : {number_as_text, nul, deep})
        EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED") << error_of(run_id, "loop");
    EXPECT_NE(error_of(number_as_text, "loop").find("could not be begun"), std::string::npos);
    EXPECT_NE(error_of(deep, "loop").find("not a JSON array"), std::string::npos);
    EXPECT_EQ(state(sound), "TERMINATED SUCCESS");
}

class RunJobTest : public ControlTasksTest {
  protected:
    RunId child_of(RunId run_id) {
        return RunId{sql.number("SELECT coalesce(max(run_id), 0) FROM runs WHERE parent_run_id = " +
                                to_string(last_try(run_id, "call").run_id))};
    }
    static db::JobTask call(JobId job_id, const std::string& more = "") {
        return of_type("call", "run_job_task", R"({"job_id":)" + to_string(job_id) + more + "}");
    }
    /// `change` is written already when the tasks are begun, and committed only after they have been looked at.
    void control_during(const std::function<void(db::Transaction&)>& change) {
        std::thread controlling;
        server.run_blocking([&](db::Transaction& tx) {
            change(tx);
            controlling = std::thread([&] { control(); });
            while (sql.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) std::this_thread::yield();
        });
        controlling.join();
    }
};

TEST_F(RunJobTest, TheTaskEndsWithTheRunThatItBegan) {
    const JobId child_job = create(job({task("inner")}));
    RunId run_id = start(create(job({call(child_job), task("after", {"call"})})));
    control();
    const RunId child = child_of(run_id);
    EXPECT_EQ(run(child).trigger, "RUN_JOB_TASK");
    EXPECT_EQ(state(last_try(run_id, "call")), "RUNNING");
    const auto finished = finish(success(claim_one()));
    EXPECT_EQ(finished.ready_clusters, std::vector<ClusterId>{"scheduler"}) << "the scheduler is told";
    control();
    EXPECT_EQ(state(last_try(run_id, "call")), "TERMINATED SUCCESS");
    EXPECT_EQ(sql.one("SELECT details #>> '{run_job_output,run_id}' FROM task_outputs WHERE run_id = " +
                      to_string(last_try(run_id, "call").run_id)),
              to_string(child));
    EXPECT_EQ(claim_one().task_key, "after");
}

TEST_F(RunJobTest, AFailedChildFailsTheTask) {
    RunId run_id = start(create(job({call(create(job({task("inner")})))})));
    control();
    finish(failure(claim_one()));
    control();
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_NE(error_of(run_id, "call").find("FAILED"), std::string::npos);
}

TEST_F(RunJobTest, ParametersGoDownAndThoseOfTheRunWin) {
    db::NewJob child = job({task("inner")});
    child.settings =
        R"({"name":"child","parameters":[{"name":"a","default":"1"},{"name":"b","default":"2"},{"name":"c","default":"3"}]})";
    auto asked =
        request(create(job({call(create(child), R"(,"job_parameters":{"a":"task","b":"of {{job.run_id}}"})")})));
    asked.job_parameters = R"([{"name":"a","value":"run"}])";
    RunId run_id = enqueue(asked).run_id;
    control();
    EXPECT_EQ(run(child_of(run_id)).job_parameters,
              R"([{"name": "a", "value": "run", "default": "1"}, {"name": "b", "value": "of )" + to_string(run_id) +
                  R"(", "default": "2"}, {"name": "c", "value": "3", "default": "3"}])");
}

TEST_F(RunJobTest, ACancelledParentCancelsTheChildAndWaitsForIt) {
    RunId run_id = start(create(job({call(create(job({task("inner")})))})));
    control();
    auto inner = claim_one();
    cancel(run_id);
    EXPECT_EQ(state(run_id), "TERMINATING");
    EXPECT_EQ(state(child_of(run_id)), "TERMINATING");
    auto outcome = failure(inner);
    outcome.result_state = "CANCELED";
    finish(outcome);
    control();
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
}

TEST_F(RunJobTest, AJobThatWouldStartItselfFails) {
    const JobId job_id = create(job({task("placeholder")}));
    sql.run(
        "UPDATE job_tasks SET task_type = 'run_job_task', existing_cluster_id = NULL, "
        "definition = '{\"task_key\":\"call\",\"run_job_task\":{\"job_id\":" +
        to_string(job_id) + "}}', task_key = 'call'");
    RunId run_id = start(job_id);
    control();
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_NE(error_of(run_id, "call").find("itself"), std::string::npos);
}

TEST_F(RunJobTest, AJobThatIsGoneOrForbiddenFailsTheTask) {
    RunId gone = start(create(job({call(JobId{999})})));
    db::NewJob foreign = job({task("inner")});
    foreign.creator_user_name = foreign.run_as_user_name = "eve@example.com";
    const JobId of_eve = create(foreign);
    RunId forbidden = start(create(job({call(of_eve)})));
    control();
    EXPECT_EQ(error_of(gone, "call"), "Job 999 does not exist.");
    EXPECT_NE(error_of(forbidden, "call").find("permission"), std::string::npos);
    sql.run("INSERT INTO permissions VALUES ('jobs', '" + to_string(of_eve) +
            "', 'user_name', 'ann@example.com', 'CAN_MANAGE_RUN')");
    RunId allowed = start(create(job({call(of_eve)})));
    control();
    EXPECT_TRUE(child_of(allowed));
}

TEST_F(RunJobTest, AJobThatChangesMeanwhileIsReadAgain) {
    const JobId child_job = create(job({task("inner")}));
    RunId run_id = start(create(job({call(child_job)})));
    control_during([&](db::Transaction& tx) { EXPECT_TRUE(db::change_job(tx, child_job, 1, job({task("newer")}))); });
    ASSERT_TRUE(child_of(run_id));
    EXPECT_EQ(tries(child_of(run_id), "newer").size(), 1u);
    EXPECT_EQ(state(run_id), "RUNNING");
}

TEST_F(RunJobTest, AJobThatIsDeletedMeanwhileFailsTheTask) {
    const JobId child_job = create(job({task("inner")}));
    RunId run_id = start(create(job({call(child_job)})));
    control_during([&](db::Transaction& tx) { EXPECT_TRUE(db::delete_job(tx, child_job)); });
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(error_of(run_id, "call"), "Job " + to_string(child_job) + " does not exist.");
}

TEST_F(RunJobTest, ALateTaskTimesOutAndItsChildIsCancelled) {
    auto late = call(create(job({task("inner")})));
    late.timeout_seconds = 60;
    RunId run_id = start(create(job({late})));
    control();
    sql.run("UPDATE task_runs SET start_time = start_time - 61000 WHERE life_cycle_state = 'RUNNING'");
    control();
    EXPECT_EQ(state(last_try(run_id, "call")), "TERMINATED TIMEDOUT");
    EXPECT_EQ(state(child_of(run_id)), "TERMINATED CANCELED");
}

TEST_F(RunJobTest, AChildBeyondTheLimitOfItsJobIsSkippedAndFailsTheTask) {
    db::NewJob busy = job({task("inner")});
    busy.max_concurrent_runs = 0;
    RunId run_id = start(create(job({call(create(busy))})));
    control();
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_NE(error_of(run_id, "call").find("MAXIMUM_CONCURRENT_RUNS_REACHED"), std::string::npos);
}
}  // namespace
}  // namespace stoker::scheduler
