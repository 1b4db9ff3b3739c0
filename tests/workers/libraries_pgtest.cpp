#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "db/library_store.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {
constexpr const char* kSix = R"([{"pypi": {"package": "six"}}])";
constexpr const char* kTells = "import os\ndbutils.notebook.exit(os.environ['PYSPARK_PYTHON'])";
constexpr const char* kTellsLater = R"(import os
root = os.environ['STOKER_DBFS_ROOT']
with open(root + '/started', 'w') as pipe:
    pipe.write('here\n')
open(root + '/go').read()
dbutils.notebook.exit(os.environ['PYSPARK_PYTHON']))";

class WorkerLibrariesTest : public WorkerTest {
  protected:
    /// As a node does when the libraries of the cluster have changed.
    void renew(const std::filesystem::path& python, const std::string& libraries) {
        server.run_blocking([&](db::Transaction& tx) { db::set_cluster_libraries(tx, kCluster, libraries); });
        clusters::WorkerLaunch renewed = launch_;
        renewed.python = python;
        renewed.libraries = libraries;
        clusters::write_launch(renewed);
        kill(worker_pid_, SIGHUP);
    }
    std::string status() { return sql.one("SELECT status FROM cluster_libraries"); }
    /// The same environment by another name: what a run is told shows which of them it has.
    std::filesystem::path other_python() const { return launch_.python.parent_path() / "python3.11"; }
};

TEST_F(WorkerLibrariesTest, RunsThatBeginAfterwardsFindTheNewEnvironmentAndOthersKeepTheirs) {
    make_pipe("started");
    make_pipe("go");
    start_worker();
    const RunId earlier = run_notebook(kTellsLater);
    read_pipe("started");
    renew(other_python(), kSix);
    wait_until([&] { return status() == "INSTALLED"; });
    EXPECT_EQ(sql.one("SELECT libraries FROM workers"), kSix);
    const RunId later = run_notebook(kTells);
    wait_for_end(later);
    EXPECT_EQ(result(later), other_python());
    std::ofstream(shared_file("go")) << "now";
    wait_for_end(earlier);
    EXPECT_EQ(result(earlier), launch_.python);
}

}  // namespace
}  // namespace stoker::test
