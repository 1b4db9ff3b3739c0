#include <gtest/gtest.h>
#include <signal.h>

#include "clusters/process.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

class SparkTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        if (IsSkipped()) return;
        if (std::system((launch_.python.string() + " -c 'import pyspark' 2>/dev/null").c_str()) != 0) {
            GTEST_SKIP() << "pyspark is not installed";
        }
    }
};

TEST_F(SparkTest, RunsShareOneDriverAndOneThatDiesFailsThemAndComesBack) {
    make_pipe("started");
    start_worker();
    const RunId first = run_notebook("dbutils.notebook.exit(spark.range(5).count())");
    wait_for_end(first);
    EXPECT_EQ(result(first), "5") << error(first);

    const RunId under = run_notebook(
        "import os, time\nspark.range(1).count()\n"
        "open(os.environ['STOKER_DBFS_ROOT'] + '/started', 'w').write('1\\n')\ntime.sleep(1000)");
    read_pipe("started");
    for (const pid_t pid : clusters::descendants(worker_pid_)) {
        std::error_code error;
        if (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error).filename() == "java") {
            ::kill(pid, SIGKILL);
        }
    }
    wait_for_end(under);
    EXPECT_EQ(state(last_try(under, "only")), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(last_try(under, "only").termination_code, "DRIVER_ERROR");

    const RunId next = run_notebook("dbutils.notebook.exit(spark.range(7).count())");
    wait_for_end(next);
    EXPECT_EQ(result(next), "7") << error(next);
}

}  // namespace
}  // namespace stoker::test
