#include <string>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

/// What each run does is up to its parameter; it leaves with its pid and whether an earlier run's name is there.
constexpr const char* kNotebook = R"(import os, signal
before, earlier = 'earlier' in globals(), True
what = dbutils.widgets.get('text')
if what == 'die':
    os.kill(os.getpid(), signal.SIGKILL)
if what.startswith('wait'):
    with open(os.environ['STOKER_DBFS_ROOT'] + '/started' + what[4:], 'w') as pipe:
        pipe.write(f'{os.getpid()}\n')
    signal.pause()
dbutils.notebook.exit(f'{os.getpid()} {before}'))";

/// Jobs whose runs share a process.
class SharedTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        put_notebook("/Users/shared", kNotebook);
    }
    JobId shared_job() {
        db::JobTask only = task("only");
        only.definition =
            R"({"task_key":"only","notebook_task":{"notebook_path":"/Users/shared","base_parameters":{"text":""}}})";
        only.source_path = "/Users/shared";
        db::NewJob made = job({only});
        made.settings = R"({"name":"job","tags":{"stoker.isolation":"shared"}})";
        return create(made);
    }
    RunId run_of(JobId job_id, const std::string& what = "") {
        auto asked = request(job_id);
        asked.kernel_token = "kernel-token";
        asked.overriding_parameters = R"({"notebook_params":{"text":")" + what + R"("}})";
        const RunId run_id = enqueue(asked).run_id;
        announce();
        return run_id;
    }
    std::string result_of(JobId job_id) {
        const RunId run_id = run_of(job_id);
        wait_for_end(run_id);
        EXPECT_EQ(state(run_id), "TERMINATED SUCCESS") << error(run_id);
        return result(run_id);
    }
};

TEST_F(SharedTest, RunsOfAJobShareTheProcessAndNoName) {
    start_worker();
    const JobId job_id = shared_job();
    const std::string first = result_of(job_id);
    EXPECT_TRUE(first.ends_with(" False"));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(result_of(job_id), first);
}

TEST_F(SharedTest, JobsOfOneIdentityShareAProcess) {
    start_worker();
    const JobId one = shared_job(), other = shared_job(), anothers = shared_job();
    sql.run("UPDATE jobs SET run_as_user_name = 'somebody@else' WHERE job_id = " + to_string(anothers));
    const std::string first = result_of(one);
    EXPECT_EQ(result_of(other), first);
    EXPECT_NE(result_of(anothers), first);
    EXPECT_EQ(result_of(one), first);
}

TEST_F(SharedTest, WhatWasClaimedAheadIsHandedBackWhenTheSlotsStayTaken) {
    make_pipe("started1");
    make_pipe("started2");
    start_worker();
    const JobId job_id = shared_job();
    std::vector<RunId> quick, slow;
    for (int i = 0; i < 30; ++i) quick.push_back(run_of(job_id));
    for (const char* what : {"wait1", "wait2"}) slow.push_back(run_of(job_id, what));
    for (int i = 0; i < 5; ++i) quick.push_back(run_of(job_id));
    read_pipe("started1");
    read_pipe("started2");
    wait_until([&] { return sql.number("SELECT count(*) FROM task_queue WHERE lease_token IS NOT NULL") == 2; });
    for (const RunId run_id : slow) request_cancel(run_id);
    for (const RunId run_id : quick) {
        wait_for_end(run_id);
        EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    }
}

TEST_F(SharedTest, AProcessThatIsKilledFailsOnlyItsRun) {
    start_worker();
    const JobId job_id = shared_job();
    const std::string first = result_of(job_id);
    const RunId killed = run_of(job_id, "die");
    wait_for_end(killed);
    EXPECT_EQ(state(last_try(killed, "only")), "TERMINATED FAILED");
    const std::string second = result_of(job_id);
    EXPECT_NE(second, first);
    EXPECT_EQ(result_of(job_id), second);
}

TEST_F(SharedTest, CancelEndsTheProcess) {
    make_pipe("started");
    start_worker();
    const JobId job_id = shared_job();
    const std::string first = result_of(job_id);
    const RunId cancelled = run_of(job_id, "wait");
    const std::string pid = read_pipe("started");
    EXPECT_TRUE(first.starts_with(pid + " "));
    request_cancel(cancelled);
    wait_for_end(cancelled);
    EXPECT_EQ(state(cancelled), "TERMINATED CANCELED");
    wait_until([&] { return ::kill(static_cast<pid_t>(std::stoi(pid)), 0) != 0; });
    EXPECT_NE(result_of(job_id), first);
}

TEST_F(SharedTest, MoreRunsThanSlotsAllEnd) {
    start_worker();
    const JobId job_id = shared_job();
    std::vector<RunId> run_ids;
    for (int i = 0; i < 40; ++i) run_ids.push_back(run_of(job_id));
    for (const RunId run_id : run_ids) wait_for_end(run_id);
    for (const RunId run_id : run_ids) EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_LE(sql.number("SELECT count(DISTINCT result) FROM task_outputs"), 3);
}

}  // namespace
}  // namespace stoker::test
