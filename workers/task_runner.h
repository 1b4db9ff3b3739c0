#pragma once
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "db/pool.h"
#include "workers/active_runs.h"
#include "workers/begin_writer.h"
#include "workers/checkouts.h"
#include "workers/driver.h"
#include "workers/finisher.h"
#include "workers/job_profile.h"
#include "workers/kernel_host.h"
#include "workers/lease_keeper.h"
#include "workers/live_writer.h"
#include "workers/shared_kernels.h"
#include "workers/spark_standalone.h"
#include "workers/task_environments.h"

namespace stoker::workers {

/// What a task run needs of its worker; all of it outlives the runs.
struct RunnerParts {
    KernelHost& host;
    db::Pool& pool;
    ActiveRuns& runs;
    LeaseKeeper& leases;
    BeginWriter& begin_writer;
    LiveWriter& live_writer;
    Finisher& finisher;
    Driver& driver;
    SparkStandalone& standalone;
    TaskEnvironments& environments;
    Checkouts& checkouts;
    SharedKernels& shared_kernels;
    JobProfiles& profiles;
};

/// Takes a claimed task run to its end: prepare → kernel → begin → run → finish. On the I/O thread.
class TaskRunner {
  public:
    explicit TaskRunner(RunnerParts parts) : parts_(parts) {}

    /// Returns when the outcome is written, or given up with the lease. nullopt: nothing was written.
    boost::asio::awaitable<std::optional<db::TaskRunOutcome>> run(std::shared_ptr<ActiveRun> run);

    /// From here on claims whose user code has not begun are handed back. A called notebook is part of a run that goes
    /// on: it still runs.
    void drain() { draining_ = true; }

  private:
    using Json = nlohmann::json;
    /// One task run's way through the pipeline.
    struct Attempt {
        std::shared_ptr<ActiveRun> run;
        ProfileKey profile_key;
        Usage expected;
        ZygoteTree* tree = nullptr;
        Clock::Monotonic started;
        Clock::Monotonic begun;
    };
    boost::asio::awaitable<std::optional<db::TaskRunOutcome>> attempt(std::shared_ptr<ActiveRun> run);
    bool may_be_ended_by_site(const KernelEnd& end) const;
    boost::asio::awaitable<void> await_word_of_site(std::shared_ptr<ActiveRun> run);
    bool leaves(const ActiveRun& run) const { return draining_ && !run.called; }
    /// false: it has to end, leaves, or other workers shall have it.
    boost::asio::awaitable<bool> wait_for_slot(std::shared_ptr<ActiveRun> run);
    /// Of programs with a JVM of their own. Throws RunRefused.
    boost::asio::awaitable<std::optional<ClusterSpark>> cluster_spark();
    /// Throws RunRefused.
    boost::asio::awaitable<void> prepare(Attempt& attempt);
    /// The zygotes of what the task asks for. Throws RunRefused.
    boost::asio::awaitable<void> choose_tree(Attempt& attempt);
    /// Without a kernel afterwards none came, or the tree leaves: another takes its place.
    boost::asio::awaitable<void> take_kernel(Attempt& attempt, std::function<bool()> given_up);
    /// Without a checkout afterwards the run does not go on. Throws RunRefused.
    boost::asio::awaitable<void> check_out(std::shared_ptr<ActiveRun> run);
    /// Both throw RunRefused.
    void read_task(Attempt& attempt) const;
    /// Puts the source of a notebook from Git into its claim.
    static void read_from_checkout(ActiveRun& run);
    boost::asio::awaitable<bool> begin(Attempt& attempt);
    boost::asio::awaitable<KernelEnd> run_in_kernel(Attempt& attempt);
    void limit_time(const std::shared_ptr<ActiveRun>& run);
    boost::asio::awaitable<void> release_lease(std::shared_ptr<ActiveRun> run);
    void learn(const Attempt& attempt, const KernelEnd& end);
    void part_from_kernel(ActiveRun& run);

    void on_event(const std::shared_ptr<ActiveRun>& run, ZygoteTree& tree, const Json& event);
    boost::asio::awaitable<void> answer_spark(std::shared_ptr<ActiveRun> run, Json question);
    boost::asio::awaitable<void> answer_notebook_run(std::shared_ptr<ActiveRun> run, Json question);
    boost::asio::awaitable<Json> run_notebook(std::shared_ptr<ActiveRun> parent, Json question);
    boost::asio::awaitable<void> answer_task_value(std::shared_ptr<ActiveRun> run, Json question);
    boost::asio::awaitable<Json> set_task_value(std::shared_ptr<ActiveRun> run, Json question);
    boost::asio::awaitable<Json> get_task_value(std::shared_ptr<ActiveRun> run, Json question);

    RunnerParts parts_;
    bool draining_ = false;
};

/// The frame that starts a run in a kernel, and the variables that make MLflow and the SDK work in it.
nlohmann::json run_environ(const clusters::WorkerLaunch& launch, const ActiveRun& run);
nlohmann::json run_frame(const clusters::WorkerLaunch& launch, const ActiveRun& run);

}  // namespace stoker::workers
