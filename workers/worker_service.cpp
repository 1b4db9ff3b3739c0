#include "workers/worker_service.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "clusters/command.h"
#include "clusters/init_script.h"
#include "db/cluster_store.h"
#include "db/library_store.h"
#include "workers/mounts.h"
#include "workers/spark_settings.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {

constexpr std::chrono::seconds kPauseAfterFailure{1};
constexpr std::chrono::seconds kHouseKeeping{60};

bool will_use_spark(const clusters::WorkerLaunch& launch) {
    return !launch.jars_folder.empty() || launch.spark_conf.contains("spark.jars.packages") ||
           launch.spark_conf.contains("spark.jars");
}

/// What scripts print is any bytes.
std::string as_text(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

WorkerService::WorkerService(net::any_io_executor executor, WorkerSettings settings, const std::string& dsn,
                             const Clock& clock)
    : dsn_(dsn),
      host_(executor, std::move(settings), clock),
      pool_(dsn, host_.settings.database_connections),
      heartbeat_pool_(dsn, 1),
      runs_(executor, host_.clock, host_.launch.slots),
      standalone_(
          host_, pool_, [this] { return environments_.driver_jars(); },
          [this] { driver_.end("The master of the cluster's Spark has ended."); }),
      driver_(
          host_, host_.launch.python, [this] { return driver_settings(); },
          [this](const auto& kernel_ids, const std::string& why) { on_driver_death(kernel_ids, why); }),
      spark_pages_(host_, pool_, driver_),
      environments_(host_, driver_, pool_),
      init_scripts_(host_, pool_),
      checkouts_(host_, pool_),
      shared_kernels_(host_),
      begin_writer_(executor, host_.tasks, pool_),
      live_writer_(host_.tasks, pool_),
      finisher_(executor, host_.tasks, pool_),
      leases_(
          executor, clock, host_.settings.lease, runs_, [this](auto held) { return renew(std::move(held)); },
          [this] { drain(); }),
      runner_({host_, pool_, runs_, leases_, begin_writer_, live_writer_, finisher_, driver_, standalone_,
               environments_, checkouts_, shared_kernels_, profiles_}),
      claimer_(
          host_, pool_, runs_, [this](auto run) { host_.tasks.spawn("task run", run_task(std::move(run))); },
          [this] { on_backlog(); }),
      changed_(executor) {}

WorkerService::~WorkerService() = default;

net::awaitable<int> WorkerService::run() {
    host_.prepare_folders();
    const bool begins_in_pool = host_.launch.cluster_id.empty();
    bool has_cluster = true;
    if (begins_in_pool) has_cluster = co_await wait_for_cluster();
    bool started = false;
    if (has_cluster) {
        host_.tasks.spawn("heartbeat", leases_.keep_renewing());
        host_.tasks.spawn("lease watch", leases_.keep_watch());
        host_.tasks.spawn("housekeeping", keep_house());
        started = co_await start(begins_in_pool);
    }
    if (started) {
        host_.tasks.spawn("claimer", claimer_.keep_claiming());
        standalone_.start();
        if (will_use_spark(host_.launch)) driver_.start();
        if (!begins_in_pool) environments_.own().grow_imports();
        while (!draining_) co_await changed_.wait();
        co_await let_runs_end();
    }
    stopped_ = true;
    changed_.notify();
    claimer_.stop();
    leases_.stop();
    listener_.reset();
    driver_.stop();
    standalone_.stop();
    environments_.end_at_once();
    co_await host_.tasks.join();
    spdlog::info("worker leaves worker_id={} cluster_id={}", host_.launch.worker_id, host_.launch.cluster_id);
    co_return started || draining_ ? 0 : 1;
}

net::awaitable<bool> WorkerService::start(bool is_warm) {
    const bool prepared = co_await run_init_scripts();
    if (!prepared) co_return false;
    if (!is_warm) environments_.own().start();
    const auto end = host_.clock.monotonic() + host_.settings.kernel_wait;
    ZygoteTree& own = environments_.own();
    const bool kernel_idle = co_await own.ready(end);
    if (!kernel_idle) {
        spdlog::critical("no kernel could be started worker_id={} cluster_id={}", host_.launch.worker_id,
                         host_.launch.cluster_id);
        co_return false;
    }
    // Listening before it is ready: what becomes ready from then on is heard of.
    listen();
    co_return co_await report_ready();
}

/// false: the worker leaves; when a script has failed the cluster has been told so.
net::awaitable<bool> WorkerService::run_init_scripts() {
    std::vector<clusters::InitScript> scripts = clusters::init_scripts_of(host_.launch.init_scripts);
    if (scripts.empty()) co_return true;
    const WorkerId worker_id = host_.launch.worker_id;
    const auto tell_event = [&](const std::string& type, const std::vector<InitScriptResult>& results) {
        const std::string details = as_text(init_scripts_details(results, worker_id));
        return tell([=, cluster_id = host_.launch.cluster_id, now = host_.clock.epoch_millis()](db::Transaction& tx) {
            db::add_cluster_event(tx, cluster_id, type, details, now);
        });
    };
    std::vector<InitScriptResult> results;
    for (const clusters::InitScript& script : scripts) results.push_back({.script = script, .status = "UNKNOWN"});
    const bool begun = co_await tell_event("INIT_SCRIPTS_STARTED", results);
    if (!begun) co_return false;
    std::string failure;
    try {
        results = co_await init_scripts_.run(std::move(scripts));
        const auto failed = std::ranges::find_if(results, [](const auto& one) { return !one.error_message.empty(); });
        if (failed != results.end()) failure = failed->error_message;
    } catch (const clusters::Stopped&) {
        co_return false;
    } catch (const std::exception& error) {
        failure = std::string("The init scripts could not be run: ") + error.what();
    }
    const bool told = co_await tell_event("INIT_SCRIPTS_FINISHED", results);
    if (!told || failure.empty()) co_return told;
    db::FinishResult changes;
    changes.changed_clusters = {host_.launch.cluster_id};
    const std::function<void(db::Transaction&)> fail = [&changes, worker_id, failure](db::Transaction& tx) {
        changes.ended_runs = db::init_script_failed(tx, worker_id, failure);
    };
    co_await tell(fail);
    finisher_.notify(std::move(changes));
    co_return false;
}

net::awaitable<bool> WorkerService::report_ready() {
    const WorkerId worker_id = host_.launch.worker_id;
    nlohmann::json in_force = environments_.own().isolation().value_or(nlohmann::json::object());
    in_force["dbfs_mounted"] = is_dbfs_mounted(host_.launch);
    in_force["limits"] = {{"by", host_.launch.limits_by},
                          {"memory_mb", host_.launch.limits.memory_mb},
                          {"cores", host_.launch.limits.cores}};
    const std::string isolation = in_force.dump();
    const std::string libraries = host_.launch.libraries;
    const std::function<void(db::Transaction&)> report = [=](db::Transaction& tx) {
        db::worker_is_ready(tx, worker_id, isolation);
        db::libraries_are_installed(tx, worker_id, libraries);
    };
    const bool told = co_await tell(report);
    if (!told) co_return false;
    db::FinishResult changes;
    changes.changed_clusters = {host_.launch.cluster_id};
    finisher_.notify(std::move(changes));
    claimer_.wake();
    spdlog::info("worker ready worker_id={} cluster_id={} slots={} isolation={}", worker_id, host_.launch.cluster_id,
                 host_.launch.slots, isolation);
    co_return true;
}

net::awaitable<bool> WorkerService::tell(std::function<void(db::Transaction&)> work) {
    while (!draining_) {
        try {
            co_await pool_.run(work);
            co_return true;
        } catch (const std::exception& error) {
            spdlog::warn("worker cannot reach the database error=\"{}\"", error.what());
        }
        const auto end = host_.clock.monotonic() + kPauseAfterFailure;
        for (bool woken = true; woken && !draining_;) woken = co_await changed_.wait_until(end);
    }
    co_return false;
}

void WorkerService::renew() {
    if (host_.launch.cluster_id.empty()) return take_cluster();
    ++renewals_asked_;
    if (!renewing_) host_.tasks.spawn("renewal", take_libraries());
}

net::awaitable<void> WorkerService::take_libraries() {
    renewing_ = true;
    while (renewals_asked_ > 0 && !draining_) {
        renewals_asked_ = 0;
        const WorkerId worker_id = host_.launch.worker_id;
        auto renewed = clusters::read_worker_launch(clusters::launch_file(host_.launch.work_folder));
        const std::string libraries = renewed.libraries;
        std::string failure;
        try {
            co_await environments_.renew(std::move(renewed));
        } catch (const std::exception& error) {
            failure = error.what();
        }
        const std::function<void(db::Transaction&)> report =
            [=, cluster_id = host_.launch.cluster_id, generation = host_.launch.generation](db::Transaction& tx) {
                if (failure.empty())
                    db::libraries_are_installed(tx, worker_id, libraries);
                else
                    db::libraries_failed(tx, cluster_id, generation, "[]", failure);
            };
        const bool told = co_await tell(report);
        if (!told) break;
        db::FinishResult changes;
        changes.changed_clusters = {host_.launch.cluster_id};
        finisher_.notify(std::move(changes));
        spdlog::info("worker has other libraries worker_id={} failure=\"{}\"", worker_id, failure);
    }
    renewing_ = false;
}

void WorkerService::listen() {
    const std::vector<std::string> channels{std::string(db::kReadyChannel), std::string(db::kCancelChannel),
                                            std::string(db::kSparkChannel), std::string(db::kSparkPagesChannel)};
    listener_ = std::make_unique<db::Listener>(
        host_.executor, dsn_, channels, [this](auto channel, const auto& ids) { on_notify(channel, ids); },
        [this] {
            claimer_.wake();
            standalone_.look();
            spark_pages_.look();
        });
}

void WorkerService::on_notify(std::string_view channel, const std::vector<std::string>& ids) {
    if (channel == db::kReadyChannel) {
        if (std::find(ids.begin(), ids.end(), host_.launch.cluster_id) != ids.end()) claimer_.wake();
        return;
    }
    if (channel == db::kSparkChannel) {
        if (std::find(ids.begin(), ids.end(), host_.launch.cluster_id) != ids.end()) standalone_.hear();
        return;
    }
    if (channel == db::kSparkPagesChannel) {
        if (std::find(ids.begin(), ids.end(), host_.launch.worker_id) != ids.end()) spark_pages_.look();
        return;
    }
    for (const auto& run : runs_.all()) {
        if (std::find(ids.begin(), ids.end(), to_string(run->claim.run_id)) != ids.end()) {
            spdlog::info("task run is cancelled run_id={} job_id={}", run->claim.run_id.value, run->claim.job_id.value);
            runs_.end(*run, EndReason::kCancelled);
        }
    }
}

net::awaitable<db::HeartbeatResult> WorkerService::renew(std::vector<db::HeldLease> leases) {
    const WorkerId worker_id = host_.launch.worker_id;
    const auto lease_seconds = static_cast<int>(host_.settings.lease.count());
    const auto work = [leases, worker_id, lease_seconds](db::Transaction& tx) {
        return db::heartbeat(tx, worker_id, leases, lease_seconds);
    };
    co_return co_await heartbeat_pool_.run_statement(work);
}

net::awaitable<void> WorkerService::run_task(std::shared_ptr<ActiveRun> run) {
    co_await runner_.run(std::move(run));
}

void WorkerService::on_backlog() {
    if (!host_.launch.autoscales) return;
    db::FinishResult waiting;
    waiting.ready_clusters = {"scheduler"};  // it decides whether the cluster grows
    finisher_.notify(std::move(waiting));
}

net::awaitable<nlohmann::json> WorkerService::driver_settings() {
    const std::vector<std::filesystem::path> jars = co_await environments_.driver_jars();
    const std::optional<ClusterSpark> cluster = co_await standalone_.join();
    co_return spark_settings(host_.launch, jars, cluster, SparkShare::kWorker);
}

void WorkerService::on_driver_death(const std::set<std::string>& kernel_ids, const std::string& why) {
    environments_.driver_died();
    for (const std::string& kernel_id : kernel_ids) {
        if (const auto run = runs_.find_by_kernel(kernel_id)) {
            spdlog::error("driver died under a run run_id={} job_id={}", run->claim.run_id.value,
                          run->claim.job_id.value);
            run->driver_failure = why;
            runs_.end(*run, EndReason::kDriverDied);
        }
    }
}

net::awaitable<void> WorkerService::keep_house() {
    auto next_shrink = host_.clock.monotonic() + kHouseKeeping;
    while (!stopped_) {
        // A run that has to end may be waiting for a kernel.
        const bool woken = co_await runs_.changed().wait_until(next_shrink);
        if (woken) {
            environments_.wake();
            checkouts_.wake();
            shared_kernels_.wake();
        } else {
            environments_.shrink_pools();
            shared_kernels_.retire_idle();
            next_shrink = host_.clock.monotonic() + kHouseKeeping;
        }
    }
}

void WorkerService::retire() {
    spdlog::info("worker retires worker_id={} cluster_id={} runs={}", host_.launch.worker_id, host_.launch.cluster_id,
                 runs_.all().size());
    claimer_.stop();
    host_.tasks.spawn("retire", drain_without_runs());
}

net::awaitable<void> WorkerService::drain_without_runs() {
    while (!draining_ && !runs_.empty()) co_await runs_.changed().wait();
    drain();
}

void WorkerService::drain() {
    if (draining_) return;
    draining_ = true;
    spdlog::info("worker drains worker_id={} cluster_id={} runs={}", host_.launch.worker_id, host_.launch.cluster_id,
                 runs_.all().size());
    claimer_.stop();
    runner_.drain();
    runs_.wake_line();
    environments_.stop();
    init_scripts_.stop();
    checkouts_.stop();
    changed_.notify();
}

void WorkerService::leave_early(LeaveEarly early) {
    spdlog::warn("worker leaves early worker_id={} cluster_id={}: {}", host_.launch.worker_id, host_.launch.cluster_id,
                 early.why);
    early_ = std::move(early);
    for (const auto& run : runs_.all()) {
        run->worker_failure = early_->why;
        run->woken.notify();
    }
    runs_.changed().notify();
    drain();
}

net::awaitable<void> WorkerService::let_runs_end() {
    const auto grace = host_.clock.monotonic() + host_.settings.drain_grace;
    for (bool woken = true; woken && !runs_.empty();)
        woken = co_await runs_.changed().wait_until(early_ ? std::min(grace, early_->end) : grace);
    for (const auto& run : runs_.all()) runs_.end(*run, EndReason::kWorkerStopped);
    const auto last = host_.clock.monotonic() + 2 * host_.settings.kill_grace + host_.settings.lease;
    for (bool woken = true; woken && !runs_.empty();) woken = co_await runs_.changed().wait_until(last);
}

void WorkerService::abandon() {
    environments_.end_at_once();
    driver_.stop();
    standalone_.stop();
    host_.end_strays();
}

}  // namespace stoker::workers
