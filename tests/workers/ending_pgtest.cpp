#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "clusters/process.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

/// A notebook that tells its pid through a pipe and then waits.
constexpr const char* kTellAndWait =
    "import os, time\n"
    "with open('/dbfs/started' if os.path.exists('/dbfs/started') else os.environ['STOKER_DBFS_ROOT'] + '/started', "
    "'w') as f:\n"
    "    f.write(f'{os.getpid()}\\n')\n"
    "time.sleep(1000)";

/// A dead process that this one adopted and has not reaped yet does not live.
bool lives(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';
}

class EndingTest : public WorkerTest {
  protected:
    pid_t started_kernel() { return static_cast<pid_t>(std::stoi(read_pipe("started"))); }

    /// Runs until one finds pandas imported: the pid of the zygote that it was forked from.
    pid_t imports_zygote() {
        for (int tries = 0; tries < 1000; ++tries) {
            const RunId run_id = run_notebook(
                "import os, sys\n"
                "loaded = 'pandas' in sys.modules\n"
                "import pandas\n"
                "dbutils.notebook.exit(str(os.getppid()) if loaded else '')");
            wait_for_end(run_id);
            if (const std::string pid = result(run_id); !pid.empty()) return static_cast<pid_t>(std::stoi(pid));
        }
        throw std::runtime_error("no zygote has imported pandas");
    }
};

TEST_F(EndingTest, CancelEndsTheKernelAndTheRun) {
    make_pipe("started");
    start_worker();
    const RunId run_id = run_notebook(kTellAndWait);
    const pid_t kernel = started_kernel();
    request_cancel(run_id);
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
    EXPECT_EQ(last_try(run_id, "only").state_message, "Run cancelled.");
    EXPECT_TRUE(last_try(run_id, "only").user_cancelled_or_timedout);
    wait_until([&] { return !lives(kernel); });
}

TEST_F(EndingTest, ACancelWhoseNotificationIsLostComesWithTheHeartbeat) {
    make_pipe("started");
    start_worker(3);
    const RunId run_id = run_notebook(kTellAndWait);
    started_kernel();
    cancel(run_id);
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
}

TEST_F(EndingTest, TheTasksTimeLimitEndsIt) {
    start_worker();
    const RunId run_id =
        run_notebook("import time\ntime.sleep(1000)", [](db::JobTask& task) { task.timeout_seconds = 1; });
    wait_for_end(run_id);
    EXPECT_EQ(state(last_try(run_id, "only")), "TERMINATED TIMEDOUT");
}

TEST_F(EndingTest, ALostLeaseKillsTheKernelAndWritesNothing) {
    make_pipe("started");
    start_worker(3);
    const RunId run_id = run_notebook(kTellAndWait);
    const pid_t kernel = started_kernel();
    expire_leases();
    rescue();
    EXPECT_EQ(state(last_try(run_id, "only")), "INTERNAL_ERROR FAILED");
    wait_until([&] { return !lives(kernel); });
    EXPECT_EQ(last_try(run_id, "only").termination_code, "DRIVER_ERROR");
}

TEST_F(EndingTest, AWorkerThatIsKilledLeavesNoProcess) {
    make_pipe("started");
    start_worker();
    const RunId run_id =
        run_notebook(std::string("import subprocess\nsubprocess.Popen(['setsid', 'sleep', '1000'])\n") + kTellAndWait);
    started_kernel();
    const auto below = clusters::descendants(worker_pid_);
    EXPECT_GE(below.size(), 4u);
    ::kill(worker_pid_, SIGKILL);
    EXPECT_EQ(wait_for_worker(), 128 + SIGKILL);
    end_strays();
    for (const pid_t pid : below) EXPECT_FALSE(lives(pid)) << pid;
    worker.run_blocking([](db::Transaction& tx) { db::rescue_worker(tx, kWorker); });
    EXPECT_EQ(state(last_try(run_id, "only")), "INTERNAL_ERROR FAILED");
}

TEST_F(EndingTest, ADrainLetsRunsEndAndLeaves) {
    make_pipe("started");
    start_worker();
    const RunId run_id = run_notebook(
        "import os, time\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/started', 'w').write('1\\n')\n"
        "time.sleep(1)\ndbutils.notebook.exit('whole')");
    read_pipe("started");
    ::kill(worker_pid_, SIGTERM);
    EXPECT_EQ(wait_for_worker(), 0);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(result(run_id), "whole");
    EXPECT_EQ(end_strays(), 0) << "the worker left processes behind";
}

TEST_F(EndingTest, ANotebookCalledDuringADrainStillRuns) {
    make_pipe("started");
    make_pipe("go");
    put_notebook("/Shared/called", "dbutils.notebook.exit('from the called one')");
    start_worker();
    const RunId run_id = run_notebook(
        "import os\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/started', 'w').write('1\\n')\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/go').read()\n"
        "dbutils.notebook.exit(dbutils.notebook.run('/Shared/called', 60))");
    read_pipe("started");
    ::kill(worker_pid_, SIGTERM);
    std::ofstream(shared_file("go")) << "go\n";
    EXPECT_EQ(wait_for_worker(), 0);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(result(run_id), "from the called one");
}

TEST_F(EndingTest, ADrainEndsWhatOutlivesItsGrace) {
    make_pipe("started");
    start_worker(15, 0);
    const RunId run_id = run_notebook(kTellAndWait);
    started_kernel();
    ::kill(worker_pid_, SIGTERM);
    EXPECT_EQ(wait_for_worker(), 0);
    EXPECT_EQ(state(last_try(run_id, "only")), "INTERNAL_ERROR FAILED");
}

TEST_F(EndingTest, ARetiredWorkerEndsItsRunsHoweverLongTheyTakeAndLeaves) {
    make_pipe("started");
    make_pipe("go");
    start_worker(15, 0);
    const RunId run_id = run_notebook(
        "import os\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/started', 'w').write('1\\n')\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/go').read()\n"
        "dbutils.notebook.exit('whole')");
    read_pipe("started");
    ::kill(worker_pid_, SIGUSR1);
    std::ofstream(shared_file("go")) << "go\n";
    EXPECT_EQ(wait_for_worker(), 0);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(result(run_id), "whole");
}

TEST_F(EndingTest, ASecondSignalEndsAtOnce) {
    make_pipe("started");
    start_worker();
    run_notebook(kTellAndWait);
    const pid_t kernel = started_kernel();
    ::kill(worker_pid_, SIGTERM);
    ::kill(worker_pid_, SIGINT);
    EXPECT_EQ(wait_for_worker(), 1);
    wait_until([&] { return !lives(kernel); });  // the parent's death reaches it zygote by zygote
}

TEST_F(EndingTest, AWorkerOfAnOlderGenerationLeaves) {
    start_worker(3);
    sql.run("UPDATE clusters SET generation = 2");
    EXPECT_EQ(wait_for_worker(), 0);
}

TEST_F(EndingTest, ALeanZygoteThatDiesIsStartedAgain) {
    make_pipe("started");
    start_worker();
    const RunId lost = run_notebook(kTellAndWait);
    const pid_t kernel = started_kernel();
    const std::string status = "/proc/" + std::to_string(kernel) + "/stat";
    const std::string stat = sql.one("SELECT pg_read_file('" + status + "')");
    const pid_t zygote = std::stoi(stat.substr(stat.rfind(')') + 4));
    ::kill(zygote, SIGKILL);
    wait_for_end(lost);
    EXPECT_EQ(state(last_try(lost, "only")), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(last_try(lost, "only").termination_code, "DRIVER_ERROR");
    const RunId next = run_notebook("dbutils.notebook.exit('back')");
    wait_for_end(next);
    EXPECT_EQ(result(next), "back");
}

TEST_F(EndingTest, AnImportsZygoteThatDiesIsGrownAgain) {
    start_worker();
    const pid_t zygote = imports_zygote();
    ::kill(zygote, SIGKILL);
    wait_until([&] { return !lives(zygote); });
    EXPECT_NE(imports_zygote(), zygote);
}

TEST_F(EndingTest, RunsWaitWhileNoKernelCanBeMade) {
    start_worker();
    // Idle kernels go on; a folder for a new one cannot be made.
    const auto runs = launch_.work_folder / "runs", away = launch_.work_folder / "away";
    std::filesystem::rename(runs, away);
    std::ofstream(runs) << "no folder";
    std::vector<RunId> run_ids;
    for (int i = 0; i < 4; ++i) run_ids.push_back(run_notebook("dbutils.notebook.exit('ran')"));
    wait_for_end(run_ids.front());
    // Claimed and without a kernel, they are not begun: a worker that is lost now has them claimed again.
    wait_until([&] {
        return sql.one("SELECT count(*) > 0 AND NOT bool_or(begun) FROM task_queue WHERE lease_token IS NOT NULL") ==
               "t";
    });
    std::filesystem::remove(runs);
    std::filesystem::rename(away, runs);
    for (const RunId run_id : run_ids) {
        wait_for_end(run_id);
        EXPECT_EQ(result(run_id), "ran");
    }
}

}  // namespace
}  // namespace stoker::test
