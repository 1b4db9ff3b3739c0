#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
/// How a task that depends on others fares when these have ended.
class RunIfTest : public RunQueueTest {
  protected:
    /// The state of a task with that run_if after upstreams that ended so: s(uccess), f(ailed), c(ancelled),
    /// e(xcluded).
    std::string state_after(const std::string& run_if, const std::string& ends) {
        std::vector<db::JobTask> tasks;
        db::JobTask last = task("last");
        last.run_if = run_if;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            const std::string key = "up" + std::to_string(i);
            last.depends_on.push_back(key);
            if (ends[i] == 'e') {
                // Runs only when something has failed, which it has not.
                tasks.push_back(task(key + "-first"));
                tasks.push_back(task(key, {key + "-first"}));
                tasks.back().run_if = "ALL_FAILED";
            } else {
                tasks.push_back(task(key));
            }
        }
        tasks.push_back(last);
        const RunId run_id = start(create(job(tasks)));
        for (std::size_t i = 0; i < ends.size(); ++i)
            if (ends[i] == 'c') cancel(last_try(run_id, "up" + std::to_string(i)).run_id);
        for (const auto& claimed : claim()) {
            if (claimed.task_key == "last") return "PENDING";
            const bool fails =
                claimed.task_key.size() == 3 && ends.at(static_cast<std::size_t>(claimed.task_key[2] - '0')) == 'f';
            finish(fails ? failure(claimed) : success(claimed));
        }
        const std::string reached = state(last_try(run_id, "last"));
        cancel(run_id);
        return reached;
    }
};

struct Case {
    std::string run_if, ends, state;
};

TEST_F(RunIfTest, DecidesOverAllUpstreamsTogether) {
    const std::vector<Case> cases{{"ALL_SUCCESS", "ss", "PENDING"},
                                  {"ALL_SUCCESS", "sf", "SKIPPED UPSTREAM_FAILED"},
                                  {"ALL_SUCCESS", "sc", "SKIPPED UPSTREAM_CANCELED"},
                                  {"ALL_SUCCESS", "cf", "SKIPPED UPSTREAM_FAILED"},
                                  {"ALL_SUCCESS", "se", "PENDING"},
                                  {"ALL_SUCCESS", "ee", "SKIPPED EXCLUDED"},
                                  {"AT_LEAST_ONE_SUCCESS", "sf", "PENDING"},
                                  {"AT_LEAST_ONE_SUCCESS", "ff", "SKIPPED UPSTREAM_FAILED"},
                                  {"NONE_FAILED", "ss", "PENDING"},
                                  {"NONE_FAILED", "se", "PENDING"},
                                  {"NONE_FAILED", "sf", "SKIPPED UPSTREAM_FAILED"},
                                  {"NONE_FAILED", "ee", "SKIPPED EXCLUDED"},
                                  {"ALL_DONE", "sf", "PENDING"},
                                  {"ALL_DONE", "cc", "PENDING"},
                                  {"ALL_DONE", "e", "SKIPPED EXCLUDED"},
                                  {"AT_LEAST_ONE_FAILED", "sf", "PENDING"},
                                  {"AT_LEAST_ONE_FAILED", "sc", "PENDING"},
                                  {"AT_LEAST_ONE_FAILED", "ss", "SKIPPED EXCLUDED"},
                                  {"ALL_FAILED", "ff", "PENDING"},
                                  {"ALL_FAILED", "fe", "PENDING"},
                                  {"ALL_FAILED", "sf", "SKIPPED EXCLUDED"}};
    for (const Case& one : cases)
        EXPECT_EQ(state_after(one.run_if, one.ends), one.state) << one.run_if << " " << one.ends;
}

TEST_F(RunIfTest, LeavesDecideHowTheRunEnds) {
    db::JobTask clean_up = task("clean_up", {"work"});
    clean_up.run_if = "ALL_DONE";
    RunId handled = start(create(job({task("work"), clean_up})));
    finish(failure(claim_one()));
    finish(success(claim_one()));
    EXPECT_EQ(state(handled), "TERMINATED SUCCESS_WITH_FAILURES");
    EXPECT_EQ(run(handled).termination_code, "SUCCESS_WITH_FAILURES");

    db::JobTask on_failure = task("on_failure", {"work"});
    on_failure.run_if = "AT_LEAST_ONE_FAILED";
    RunId excluded = start(create(job({task("work"), on_failure})));
    finish(success(claim_one()));
    EXPECT_EQ(state(excluded), "TERMINATED SUCCESS");

    RunId failed = start(create(job({task("work"), clean_up, task("next", {"work"})})));
    finish(failure(claim_one()));
    finish(success(claim_one()));
    EXPECT_EQ(state(failed), "INTERNAL_ERROR FAILED");
}

TEST_F(RunIfTest, ADisabledTaskIsPassedBy) {
    db::JobTask off = task("off");
    off.disabled = true;
    RunId run_id = start(create(job({off, task("next", {"off"}), task("work"), task("join", {"off", "work"})})));
    EXPECT_EQ(state(last_try(run_id, "off")), "SKIPPED DISABLED");
    EXPECT_EQ(state(last_try(run_id, "next")), "SKIPPED EXCLUDED");
    finish(success(claim_one()));
    EXPECT_EQ(claim_one().task_key, "join");
    RunId alone = start(create(job({off})));
    EXPECT_EQ(state(alone), "TERMINATED SUCCESS");
}

TEST_F(RunIfTest, OnlySomeTasksOfARunWaitForOneAnother) {
    auto asked = request(create(job({task("a"), task("b", {"a"}), task("c", {"b"})})));
    asked.only = {"b", "c"};
    RunId run_id = enqueue(asked).run_id;
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 1u);
    EXPECT_EQ(claimed[0].task_key, "b");
    finish(success(claimed[0]));
    finish(success(claim_one()));
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
}
}  // namespace
}  // namespace stoker::test
