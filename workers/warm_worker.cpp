#include <algorithm>

#include <spdlog/spdlog.h>

#include "db/instance_pool_store.h"
#include "workers/worker_service.h"

// The life of a worker before a cluster has it: warm, in an instance pool.
namespace stoker::workers {
namespace net = boost::asio;
namespace {

/// What a driver that was started for no cluster in particular does anyway, or sets in sessions.
bool is_met_by_warm_driver(const std::pair<const std::string, std::string>& entry) {
    return entry.first.starts_with("spark.databricks.") ||
           (entry.first == "spark.master" && entry.second.starts_with("local["));
}

bool needs_driver_of_its_own(const clusters::WorkerLaunch& launch) {
    return launch.several_workers || !std::ranges::all_of(launch.spark_conf, is_met_by_warm_driver);
}

}  // namespace

/// false: the worker leaves without having served.
net::awaitable<bool> WorkerService::wait_for_cluster() {
    constexpr const char* kWarmUp = "warm-up";
    const auto end = host_.clock.monotonic() + host_.settings.kernel_wait;
    environments_.own().start();
    const bool kernel_idle = co_await environments_.own().ready(end);
    if (!kernel_idle) {
        spdlog::critical("no kernel could be started worker_id={}", host_.launch.worker_id);
        co_return false;
    }
    environments_.own().grow_imports();
    const nlohmann::json driver = co_await driver_.attach(kWarmUp, kWarmUp, "");
    driver_.detach(kWarmUp);
    if (!driver.value("ok", false))
        spdlog::warn("warm without Spark worker_id={}: {}", host_.launch.worker_id, driver.value("error", ""));
    const std::function<void(db::Transaction&)> report = [worker_id = host_.launch.worker_id](db::Transaction& tx) {
        db::pool_instance_is_ready(tx, worker_id);
    };
    const bool told = co_await tell(report);
    if (!told) co_return false;
    db::FinishResult changes;
    changes.changed_clusters = {host_.launch.cluster_name};
    finisher_.notify(std::move(changes));
    spdlog::info("worker is warm worker_id={} instance_pool_id={}", host_.launch.worker_id, host_.launch.cluster_name);
    while (!draining_ && host_.launch.cluster_id.empty()) co_await changed_.wait();
    co_return !draining_;
}

void WorkerService::take_cluster() {
    host_.take_libraries(clusters::read_worker_launch(clusters::launch_file(host_.launch.work_folder)));
    spdlog::info("worker is given to a cluster worker_id={} cluster_id={}", host_.launch.worker_id,
                 host_.launch.cluster_id);
    if (needs_driver_of_its_own(host_.launch)) {
        driver_.renew(host_.launch.python);
        if (!host_.launch.several_workers) driver_.start();
    }
    changed_.notify();
}

}  // namespace stoker::workers
