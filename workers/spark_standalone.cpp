#include "workers/spark_standalone.h"

#include <fstream>
#include <utility>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/confinement.h"
#include "clusters/jars.h"
#include "db/listener.h"
#include "db/own_address.h"
#include "workers/child_process.h"
#include "workers/mounts.h"

namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {

constexpr std::chrono::seconds kSweep{30};  // behind a lost NOTIFY
constexpr std::chrono::seconds kPauseAfterEnd{1};
constexpr std::chrono::seconds kPauseAfterTrouble{10};
constexpr std::chrono::seconds kMasterWait{300};    // jars may have to be fetched for it
constexpr std::int64_t kOfferedMemoryMb = 1 << 24;  // drivers are bounded by cores

}  // namespace

SparkStandalone::SparkStandalone(KernelHost& host, db::Pool& pool, GetJars get_jars, std::function<void()> on_moved)
    : host_(host),
      pool_(pool),
      get_jars_(std::move(get_jars)),
      on_moved_(std::move(on_moved)),
      changed_(host.executor) {}

void SparkStandalone::start() {
    if (host_.launch.several_workers) begin_to_keep();
}

void SparkStandalone::begin_to_keep() {
    if (std::exchange(keeps_, true)) return;
    host_.tasks.spawn("Spark of the cluster", keep());
}

void SparkStandalone::hear() {
    if (host_.launch.is_head) begin_to_keep();
    look();
}

void SparkStandalone::look() {
    to_read_ = true;
    changed_.notify();
}

void SparkStandalone::stop() {
    stopped_ = true;
    if (part_) part_->channel->close();
    changed_.notify();
}

bool SparkStandalone::has_work() const {
    if (stopped_ || !known_) return false;
    return host_.launch.is_head || (!known_->master_url.empty() && is_master_within_reach());
}

bool SparkStandalone::has_master() const {
    return known_ && !known_->master_url.empty() && (!host_.launch.is_head || part_);
}

bool SparkStandalone::is_master_within_reach() const {
    const bool is_near = host_.launch.is_head || host_.launch.head_is_near;
    return is_within_reach(known_->master_url, own_host_, is_near);
}

net::awaitable<void> SparkStandalone::keep() {
    while (!stopped_) {
        std::chrono::seconds pause = kSweep;
        try {
            if (own_host_.empty()) co_await find_own_host();
            co_await read();
            if (has_work() && !part_) {
                co_await start_part();
            } else if (part_ && !host_.launch.is_head && known_ && part_->master_url != known_->master_url) {
                part_->channel->close();
            }
            if (!failure_.empty()) pause = kPauseAfterEnd;
        } catch (const std::exception& error) {
            pause = kPauseAfterTrouble;
            failure_ = error.what();
            spdlog::warn("the cluster's Spark cannot be looked after error=\"{}\"", error.what());
            to_read_ = true;
        }
        const auto end = host_.clock.monotonic() + pause;
        if (!to_read_ || pause != kSweep) co_await changed_.wait_until(end);
    }
}

net::awaitable<void> SparkStandalone::find_own_host() {
    std::string address = host_.launch.address;
    const auto find = [](db::Transaction& tx) { return db::own_address(tx); };
    if (address.empty()) address = co_await pool_.run_statement(find);
    own_host_ = spark_host(address);
}

net::awaitable<void> SparkStandalone::read() {
    to_read_ = false;
    const WorkerId worker_id = host_.launch.worker_id;
    const auto work = [worker_id](db::Transaction& tx) { return db::spark_master_of(tx, worker_id); };
    std::optional<db::SparkMaster> found = co_await pool_.run_statement(work);
    const bool moved = known_ && found && !known_->master_url.empty() && known_->master_url != found->master_url;
    known_ = std::move(found);
    changed_.notify();
    if (moved && host_.launch.several_workers) on_moved_();
}

net::awaitable<void> SparkStandalone::start_part() {
    // Drivers elsewhere name them, and no driver here may have asked for them before.
    co_await get_jars_();
    if (!has_work()) co_return;  // any more
    part_ = launch();
    host_.tasks.spawn("part of the cluster's Spark", run_part());
}

SparkStandalone::Part SparkStandalone::launch() const {
    const auto& launch = host_.launch;
    const auto folder = launch.work_folder / "spark";
    const auto logs = launch.data_folder / "spark_logs" / launch.worker_id;
    for (const auto& made : {folder, logs}) host_.make_private_folder(made);
    const auto config = launch.work_folder / "spark.json";
    const std::string master_url = launch.is_head ? "" : known_->master_url;
    {
        std::ofstream out(config, std::ios::trunc);
        ::chmod(config.c_str(), 0600);
        out << Json{{"work_folder", folder.string()}, {"logs_folder", logs.string()}, {"secret", known_->secret},
                    {"master_url", master_url},       {"address", own_host_},         {"cores", offered_cores(launch)},
                    {"memory_mb", kOfferedMemoryMb}};
    }
    if (::chown(config.c_str(), host_.kernel_uid, host_.kernel_gid) != 0)
        spdlog::warn("the configuration of the cluster's Spark cannot be given to the kernels' user");
    std::vector<std::string> arguments{"--config", config.string(), "--read",
                                       (launch.data_folder / clusters::kSparkJars).string()};
    for (const auto& path : {host_.checkouts_folder(), launch.jars_folder})
        if (!path.empty()) arguments.insert(arguments.end(), {"--read", path.string()});
    for (const auto& path : {host_.runs_folder(), host_.databricks_folder()})
        arguments.insert(arguments.end(), {"--write", path.string()});
    for (const auto& path : clusters::shared_scratch(launch.data_folder))
        arguments.insert(arguments.end(), {"--write", path.string()});
    ChildProcess child = start_python(host_, launch.python, "stoker_kernel.spark.standalone", arguments);
    spdlog::info("part of the cluster's Spark starts cluster_id={} pid={}", launch.cluster_id, child.pid);
    return {child.pid, std::move(child.channel), master_url};
}

net::awaitable<void> SparkStandalone::run_part() {
    const Part part = *part_;
    std::string failure = "it stopped";
    while (const auto frame = co_await part.channel->read()) {
        if (frame->value("event", "") == "failed") failure = frame->value("message", "");
        if (frame->value("event", "") != "ready") continue;
        failure_.clear();
        std::string master_url = frame->value("master_url", "");
        if (host_.launch.is_head) co_await publish(std::move(master_url));
    }
    part.channel->close();
    clusters::kill_tree(part.pid);
    co_await reap(host_, part.pid);
    part_.reset();
    if (stopped_) co_return;
    failure_ = failure;
    spdlog::warn("part of the cluster's Spark is gone cluster_id={}: {}", host_.launch.cluster_id, failure);
    // So that no driver looks for the master where it was.
    if (host_.launch.is_head) co_await publish("");
    look();
}

net::awaitable<void> SparkStandalone::publish(std::string master_url) {
    const WorkerId worker_id = host_.launch.worker_id;
    const auto work = [=](db::Transaction& tx) { db::spark_master_is_at(tx, worker_id, master_url); };
    co_await pool_.run(work);
    db::notify(pool_, db::kSparkChannel, {host_.launch.cluster_id});
    look();
}

net::awaitable<std::optional<ClusterSpark>> SparkStandalone::join() {
    if (!host_.launch.several_workers) co_return std::nullopt;
    const WorkerId worker_id = host_.launch.worker_id;
    const auto work = [worker_id](db::Transaction& tx) { return db::want_spark_master(tx, worker_id); };
    const bool first = co_await pool_.run_statement(work);
    if (first) db::notify(pool_, db::kSparkChannel, {host_.launch.cluster_id});
    co_await read();  // one that has just died may be known still
    look();
    const auto end = host_.clock.monotonic() + kMasterWait;
    for (bool woken = true; woken && !stopped_ && !has_master();) woken = co_await changed_.wait_until(end);
    if (!has_master())
        throw std::runtime_error("The master of the cluster's Spark, in its head worker, is not there. " + failure_);
    const ClusterSpark cluster{*known_, own_host_, shared_dbfs_root(host_.launch)};
    if (is_master_within_reach()) co_return cluster;
    spdlog::warn(
        "Spark is this worker's own cluster_id={}: the master is at {}, this worker at {}; see --address of "
        "`stoker node`",
        host_.launch.cluster_id, known_->master_url, own_host_);
    co_return std::nullopt;
}

}  // namespace stoker::workers
