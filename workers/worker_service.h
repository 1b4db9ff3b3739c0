#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "core/clock.h"
#include "db/listener.h"
#include "db/pool.h"
#include "workers/active_runs.h"
#include "workers/checkouts.h"
#include "workers/claimer.h"
#include "workers/driver.h"
#include "workers/finisher.h"
#include "workers/init_scripts.h"
#include "workers/job_profile.h"
#include "workers/kernel_host.h"
#include "workers/lease_keeper.h"
#include "workers/spark_pages.h"
#include "workers/spark_standalone.h"
#include "workers/task_environments.h"
#include "workers/task_runner.h"

namespace stoker::workers {

/// The machine is taken away from the worker before its cluster ends.
struct LeaveEarly {
    std::string why;       // a sentence
    Clock::Monotonic end;  // of the grace for its runs
};

/// Puts a worker's parts together. Everything but the database's threads lives on the executor's only thread, which
/// must live as long as the process: its children die with the thread that started them.
class WorkerService {
  public:
    WorkerService(boost::asio::any_io_executor executor, WorkerSettings settings, const std::string& dsn,
                  const Clock& clock);
    ~WorkerService();

    /// From start to the last child's end. The exit status.
    boost::asio::awaitable<int> run();
    /// The node has written the launch file anew: for other libraries, or since a cluster is given a warm worker.
    void renew();
    /// Claims no more, and drains once the runs under way have ended.
    void retire();
    /// Claims no more, hands unbegun claims back, lets the others end within the grace.
    void drain();
    /// Likewise, within the grace that is left.
    void leave_early(LeaveEarly early);
    /// Kills all kernels, now. Nothing may be awaited after it.
    void abandon();

  private:
    boost::asio::awaitable<bool> wait_for_cluster();
    void take_cluster();
    boost::asio::awaitable<bool> start(bool is_warm);
    boost::asio::awaitable<bool> run_init_scripts();
    boost::asio::awaitable<bool> report_ready();
    /// Until the database has heard it; false: the worker leaves.
    boost::asio::awaitable<bool> tell(std::function<void(db::Transaction&)> work);
    boost::asio::awaitable<void> take_libraries();
    boost::asio::awaitable<void> drain_without_runs();
    boost::asio::awaitable<void> let_runs_end();
    boost::asio::awaitable<void> keep_house();
    void listen();
    void on_notify(std::string_view channel, const std::vector<std::string>& ids);
    void on_backlog();
    boost::asio::awaitable<nlohmann::json> driver_settings();
    void on_driver_death(const std::set<std::string>& kernel_ids, const std::string& why);
    boost::asio::awaitable<db::HeartbeatResult> renew(std::vector<db::HeldLease> leases);
    boost::asio::awaitable<void> run_task(std::shared_ptr<ActiveRun> run);

    const std::string dsn_;
    KernelHost host_;
    db::Pool pool_;
    db::Pool heartbeat_pool_;  // its own, so that a heartbeat never waits behind a long statement
    ActiveRuns runs_;
    JobProfiles profiles_;
    SparkStandalone standalone_;
    Driver driver_;
    SparkPages spark_pages_;
    TaskEnvironments environments_;
    InitScripts init_scripts_;
    Checkouts checkouts_;
    SharedKernels shared_kernels_;
    BeginWriter begin_writer_;
    LiveWriter live_writer_;
    Finisher finisher_;
    LeaseKeeper leases_;
    TaskRunner runner_;
    Claimer claimer_;
    std::unique_ptr<db::Listener> listener_;
    int renewals_asked_ = 0;
    bool renewing_ = false;
    bool draining_ = false;
    bool stopped_ = false;
    std::optional<LeaveEarly> early_;
    Event changed_;
};

}  // namespace stoker::workers
