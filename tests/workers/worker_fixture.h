#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <sys/types.h>

#include "clusters/worker_launch.h"
#include "db/listener.h"
#include "tests/support/factories.h"

namespace stoker::test {

/// A real worker process with real kernels on a database of its own. Needs STOKER_TEST_PYTHON, an interpreter with
/// IPython, else its tests are skipped. Waits for notifications, never for time.
class WorkerTest : public RunQueueTest {
  protected:
    void SetUp() override;
    void TearDown() override;

    void launch_worker(int lease_seconds = 15, int drain_grace_seconds = 30);
    /// Starts the worker and returns when it may claim.
    void start_worker(int lease_seconds = 15, int drain_grace_seconds = 30);
    /// Its exit status, or 128 + signal.
    int wait_for_worker();
    /// What a node does when a worker has died; how many processes were left.
    int end_strays();
    /// Runs a notebook as a job of one task; the job-level run id.
    RunId run_notebook(const std::string& source, const std::function<void(db::JobTask&)>& change = nullptr,
                       const std::string& overriding_parameters = "");
    void put_notebook(const std::string& path, const std::string& source);
    /// Tells the worker that there is work.
    void announce();
    /// Until `condition` holds, looked at after each notification. Fails the test after two minutes.
    void wait_until(const std::function<bool()>& condition);
    void wait_for_end(RunId run_id);
    std::string result(RunId run_id);
    std::string error(RunId run_id);
    void request_cancel(RunId run_id);
    /// A file that notebooks may write: the shared DBFS root.
    std::filesystem::path shared_file(const std::string& name) const { return folder_ / "dbfs" / name; }
    /// Waits for a line that a notebook writes into the named pipe, which make_pipe makes in the shared folder.
    void make_pipe(const std::string& name);
    std::string read_pipe(const std::string& name);

    std::filesystem::path folder_;
    clusters::WorkerLaunch launch_;
    pid_t worker_pid_ = 0;

  private:
    boost::asio::io_context io_;
    std::unique_ptr<db::Listener> listener_;
    int notebooks_ = 0;
    std::set<pid_t> known_;
};

}  // namespace stoker::test
