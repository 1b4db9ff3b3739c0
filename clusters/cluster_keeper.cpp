#include "clusters/cluster_keeper.h"

#include <algorithm>
#include <set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/local_provider.h"
#include "clusters/sites/kubernetes.h"
#include "clusters/sites/site_provider.h"
#include "clusters/sites/slurm.h"
#include "clusters/worker_group.h"
#include "core/error.h"
#include "db/library_store.h"
#include "db/listener.h"

namespace stoker::clusters {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

constexpr auto kSweep = 5s;  // behind the NOTIFYs
constexpr auto kAfterError = 1s;
constexpr std::chrono::seconds kAfterRefusal{30};
constexpr auto kEarly = 15s;            // a worker that ends by itself before this ended at once
constexpr int kEarlyDeathsAllowed = 5;  // with pauses of 0, 1, 2, 4, 8 s
constexpr const char* kClusterError = "CLUSTER_ERROR";

std::vector<std::string> texts(const std::vector<RunId>& ids) {
    std::vector<std::string> result;
    for (RunId id : ids) result.push_back(to_string(id));
    return result;
}

std::optional<db::ClusterToServe> take(std::vector<db::ClusterToServe>& clusters, const ClusterId& cluster_id) {
    for (db::ClusterToServe& cluster : clusters)
        if (cluster.cluster.cluster_id == cluster_id) return std::move(cluster);
    return std::nullopt;
}

bool has_state(const db::ClusterToServe& asked, const WorkerId& worker_id, std::string_view state) {
    return std::any_of(asked.workers.begin(), asked.workers.end(), [&](const db::WorkerRow& worker) {
        return worker.worker_id == worker_id && worker.state == state;
    });
}

bool all_are_ready(const db::ClusterToServe& asked) {
    return std::ranges::all_of(asked.workers, [](const db::WorkerRow& worker) { return worker.state == "READY"; });
}

bool is_listed(const db::ClusterToServe& asked, const WorkerId& worker_id) {
    return std::ranges::find(asked.workers, worker_id, &db::WorkerRow::worker_id) != asked.workers.end();
}

}  // namespace

ClusterKeeper::ClusterKeeper(net::any_io_executor executor, db::Pool& pool, const Clock& clock, Children& children,
                             NodeSettings settings, std::filesystem::path program)
    : executor_(executor),
      pool_(pool),
      clock_(clock),
      children_(children),
      settings_(std::move(settings)),
      catalog_(this_machine(settings_.labels), settings_.compute),
      environments_(children, {.data_folder = settings_.data_folder,
                               .dbfs_root = settings_.dbfs_root,
                               .kernel_user = settings_.kernel_user,
                               .python = settings_.python,
                               .uv = settings_.uv,
                               .uv_cache = settings_.uv_cache,
                               .kernel_path = settings_.kernel_path,
                               .workspace_file =
                                   [&pool](const std::string& reader, const std::string& path) {
                                       return pool.run_blocking([&](db::Transaction& tx) {
                                           return db::read_library_file(tx, reader, path);
                                       });
                                   }}),
      jars_(children, settings_.data_folder / kClusterJars, environments_),
      unused_builds_(
          clock, {{settings_.data_folder / kEnvironments, settings_.data_folder / kClusterJars}, settings_.kept_days}),
      log_delivery_(children, environments_, pool, clock,
                    {settings_.data_folder, settings_.dbfs_root, settings_.kernel_user}),
      providers_(providers(program)),
      timer_(executor) {
    environments_.clean_up();
    jars_.clean_up();
}

std::map<std::string, std::unique_ptr<WorkerProvider>> ClusterKeeper::providers(const std::filesystem::path& program) {
    const auto changed = [this] { wake(); };
    std::map<std::string, std::unique_ptr<WorkerProvider>> all;
    all[kLocalProvider] =
        std::make_unique<LocalProvider>(executor_, clock_, children_, catalog_.machine(), program, changed);
    const auto add = [&](std::unique_ptr<Site> site) {
        const std::string name = site->provider();
        all[name] = std::make_unique<SiteProvider>(executor_, clock_, std::move(site), changed);
    };
    add(std::make_unique<Slurm>(children_, Slurm::Settings{settings_.node_id, settings_.data_folder, program}));
    add(std::make_unique<Kubernetes>(
        Kubernetes::Settings{settings_.node_id, settings_.data_folder, program, settings_.compute.kubernetes}));
    return all;
}

void ClusterKeeper::wake() {
    net::post(executor_, [this] {
        woken_ = true;
        timer_.cancel();
    });
}

void ClusterKeeper::shut_down() {
    if (shutting_down_) {
        for (auto& [cluster_id, served] : served_)
            for (auto& [worker_id, worker] : served.workers) worker->kill();
        for (auto& [instance_pool_id, pool] : pools_)
            for (auto& [worker_id, worker] : pool.served.workers) worker->kill();
    }
    shutting_down_ = true;
    wake();
}

net::awaitable<void> ClusterKeeper::run() {
    for (;;) {
        std::chrono::milliseconds longest = kSweep;
        try {
            co_await pass();
        } catch (const std::exception& error) {
            spdlog::error("node_id={} clusters could not be looked after: {}", settings_.node_id, error.what());
            longest = kAfterError;
            // With the database gone there is nobody to tell of the workers' ends; their leases expire.
            if (shutting_down_) stop_all();
            if (shutting_down_ && nothing_lives()) co_return;
        }
        if (shutting_down_ && served_.empty() && pools_.empty()) co_return;
        co_await pause(longest);
    }
}

net::awaitable<void> ClusterKeeper::pause(std::chrono::milliseconds longest) {
    if (!woken_) {
        auto until = clock_.monotonic() + longest;
        for (const auto& [cluster_id, served] : served_)
            if (served.rest_until > clock_.monotonic()) until = std::min(until, served.rest_until);
        timer_.expires_at(until);
        co_await timer_.async_wait(net::as_tuple(net::use_awaitable));
    }
    woken_ = false;
}

net::awaitable<void> ClusterKeeper::pass() {
    woken_ = false;
    for (auto& [cluster_id, served] : served_) co_await record_deaths(cluster_id, served);
    co_await keep_pools();
    auto read = [node_id = settings_.node_id](db::Transaction& tx) { return db::clusters_to_serve(tx, node_id); };
    std::vector<db::ClusterToServe> clusters = co_await pool_.run(read);
    std::set<ClusterId> asked;
    for (const db::ClusterToServe& cluster : clusters) {
        asked.insert(cluster.cluster.cluster_id);
        served_.try_emplace(cluster.cluster.cluster_id);
    }
    std::string trouble;
    for (auto& [cluster_id, served] : served_) {
        db::ClusterToServe cluster;
        cluster.cluster.cluster_id = cluster_id;
        if (auto found = take(clusters, cluster_id)) cluster = std::move(*found);
        // One cluster's trouble must not keep the others waiting.
        try {
            co_await serve(std::move(cluster), served);
        } catch (const std::exception& error) {
            trouble = "cluster_id=" + cluster_id + " " + error.what();
        }
    }
    std::erase_if(served_, [&](const auto& entry) {
        return entry.second.empty() && (shutting_down_ || !asked.contains(entry.first));
    });
    if (!trouble.empty()) throw std::runtime_error(trouble);
}

net::awaitable<void> ClusterKeeper::record_deaths(const ClusterId& cluster_id, Served& served) {
    for (auto entry = served.workers.begin(); entry != served.workers.end();) {
        const Worker& worker = *entry->second;
        if (!worker.end()) {
            ++entry;
            continue;
        }
        co_await record_gone(entry->first, worker.end()->why);
        note_death(cluster_id, served, worker);
        log_delivery_.worker_has_ended(cluster_id, entry->first);
        if (const auto pool = served.pools.extract(entry->first)) follow_instance(pool.mapped());
        entry = served.workers.erase(entry);
    }
    while (!served.unborn.empty()) {
        co_await record_gone(served.unborn.back(), "");
        served.unborn.pop_back();
    }
}

net::awaitable<void> ClusterKeeper::record_gone(WorkerId worker_id, std::string why) {
    // A warm one that was to be handed over.
    for (auto& [instance_pool_id, pool] : pools_)
        if (const auto found = pool.served.workers.find(worker_id); found != pool.served.workers.end())
            found->second->kill();
    auto give_up = [worker_id, why](db::Transaction& tx) {
        db::FinishResult result = db::rescue_worker(tx, worker_id, why);
        db::worker_is_gone(tx, worker_id);
        return result;
    };
    db::FinishResult rescued = co_await pool_.run(give_up);
    tell(rescued);
    remove_traces(worker_id);
}

void ClusterKeeper::remove_traces(const WorkerId& worker_id) const {
    WorkerGroup(worker_id).remove();
    std::error_code ignored;
    std::filesystem::remove_all(settings_.data_folder / "workers" / worker_id, ignored);
}

void ClusterKeeper::note_death(const ClusterId& cluster_id, Served& served, const Worker& ended) {
    const LivingWorker& worker = ended.worker();
    const WorkerEnd& end = *ended.end();
    const bool asked = worker.stopping || worker.retiring;
    spdlog::info("cluster_id={} worker_id={} generation={} ended with status {}{} {}", cluster_id, worker.worker_id,
                 worker.generation, end.status, asked ? " as asked" : "", end.why);
    if (asked) return;
    served.last_end = end.why.empty() ? "status " + std::to_string(end.status) : end.why;
    const bool serves_on = std::ranges::any_of(served.workers, [](const auto& entry) { return !entry.second->end(); });
    if (end.was_refused && serves_on) {  // it does with what it has
        served.refusal = served.last_end;
        served.rest_until = clock_.monotonic() + kAfterRefusal;
        return;
    }
    if (clock_.monotonic() - ended.started() > kEarly) {
        served.early_deaths = 0;
        return;
    }
    // The first is followed at once: it may have been killed by chance.
    if (served.early_deaths > 0)
        served.rest_until = clock_.monotonic() + std::chrono::seconds(1 << std::min(served.early_deaths - 1, 5));
    ++served.early_deaths;
}

ClusterView ClusterKeeper::view_of(const db::ClusterToServe& asked, const Served& served) const {
    const db::ClusterRow& cluster = asked.cluster;
    ClusterView view;
    view.state = shutting_down_ ? "" : cluster.state;
    view.generation = cluster.generation;
    view.head_placed = asked.head_placed;
    view.workers_placed = asked.workers_placed;
    view.libraries = cluster.libraries;
    view.resting = served.rest_until > clock_.monotonic();
    view.hopeless = served.early_deaths > kEarlyDeathsAllowed;
    for (const auto& [worker_id, worker] : served.workers) {
        view.workers.push_back(worker->worker());
        view.workers.back().ready = has_state(asked, worker_id, "READY");
        view.workers.back().draining = has_state(asked, worker_id, "DRAINING");
        view.workers.back().lost = !is_listed(asked, worker_id);
    }
    if (served.preparation) {
        bool done = served.preparation->result().state == ClusterPreparation::State::kDone;
        view.preparation = done ? Preparation::kDone : Preparation::kRunning;
    }
    return view;
}

net::awaitable<void> ClusterKeeper::serve(db::ClusterToServe asked, Served& served) {
    const db::ClusterRow& cluster = asked.cluster;
    served.has_head = asked.head_node == settings_.node_id;
    if (co_await turn_down_if_unfit(asked)) co_return;
    bool failed = co_await look_after_preparation(cluster, served);
    if (failed) co_return;  // its state has changed: the next pass sees how
    if (asked.workers_placed == 0 && !asked.head_placed && all_are_ready(asked)) served.early_deaths = 0;
    for (const Action& action : decide(view_of(asked, served))) co_await perform(action, cluster, served);
    co_await tell_what_workers_wait_for(asked, served);
}

net::awaitable<void> ClusterKeeper::perform(const Action& action, const db::ClusterRow& cluster, Served& served) {
    if (std::holds_alternative<Prepare>(action)) {
        std::string refused;
        try {
            prepare(cluster, served);
        } catch (const ApiError& error) {
            refused = error.what();
        }
        if (!refused.empty()) co_await fail(cluster, refused, kClusterError);
    } else if (std::holds_alternative<CancelPreparation>(action)) {
        served.preparation->stop();
    } else if (const auto* start = std::get_if<StartWorker>(&action)) {
        co_await start_worker(cluster, served, start->is_head);
    } else if (const auto* stop = std::get_if<StopWorker>(&action)) {
        served.workers.at(stop->worker_id)->stop(std::chrono::seconds(settings_.drain_seconds));
    } else if (const auto* renew = std::get_if<RenewWorker>(&action)) {
        renew_worker(cluster, served, *served.workers.at(renew->worker_id));
    } else if (const auto* retire = std::get_if<RetireWorker>(&action)) {
        served.workers.at(retire->worker_id)->retire();
    } else if (std::holds_alternative<DeclareDown>(action)) {
        ClusterId cluster_id = cluster.cluster_id;
        auto declare = [cluster_id](db::Transaction& tx) { db::cluster_is_down(tx, cluster_id); };
        co_await pool_.run(declare);
        served.early_deaths = 0;
        wake();
    } else if (std::holds_alternative<GiveUp>(action)) {
        co_await give_up(cluster, served);
    }
}

net::awaitable<void> ClusterKeeper::give_up(const db::ClusterRow& cluster, Served& served) {
    std::string why = "The cluster's workers end right after they start (" + served.last_end + "); their log on node " +
                      settings_.node_id + " is logs/" + cluster.cluster_id + ".log.";
    auto turn_down = [node_id = settings_.node_id, cluster_id = cluster.cluster_id, generation = cluster.generation,
                      why](db::Transaction& tx) {
        return db::turn_down_workers(tx, node_id, cluster_id, generation, why);
    };
    const bool placed_elsewhere = co_await pool_.run(turn_down);
    if (placed_elsewhere)
        spdlog::warn("cluster_id={} is left to other nodes: {}", cluster.cluster_id, why);
    else
        co_await fail(cluster, why, kClusterError);
    served.early_deaths = 0;
}

/// Of those that are not ready yet, the head first. In each pass: a worker that waits long is no silent one.
net::awaitable<void> ClusterKeeper::tell_what_workers_wait_for(const db::ClusterToServe& asked, Served& served) {
    db::ClusterWait wait{asked.cluster.cluster_id, asked.cluster.generation, {}, ""};
    for (const auto& [worker_id, worker] : served.workers) {
        const std::string what = worker->end() ? "" : worker->waits_for();
        if (what.empty() || has_state(asked, worker_id, "READY")) continue;
        wait.workers.push_back(worker_id);
        if (wait.what.empty() || worker->worker().is_head) wait.what = what;
    }
    if (served.rest_until <= clock_.monotonic()) served.refusal.clear();
    if (wait.what.empty()) wait.what = served.refusal;
    if (wait.what.empty() && !served.waits) co_return;
    served.waits = !wait.what.empty();
    auto tell_all = [wait](db::Transaction& tx) { db::cluster_waits(tx, wait); };
    co_await pool_.run(tell_all);
}

net::awaitable<void> ClusterKeeper::fail(const db::ClusterRow& cluster, std::string message, std::string code) {
    spdlog::warn("cluster_id={} failed: {}", cluster.cluster_id, message);
    ClusterId cluster_id = cluster.cluster_id;
    db::ClusterFailure failure{message, code};
    auto declare = [cluster_id, failure](db::Transaction& tx) { return db::cluster_failed(tx, cluster_id, failure); };
    std::vector<RunId> ended = co_await pool_.run(declare);
    db::notify(pool_, db::kRunsChannel, texts(ended));
    wake();
}

void ClusterKeeper::tell(const db::FinishResult& result) {
    db::notify(pool_, db::kRunsChannel, texts(result.ended_runs));
    db::notify(pool_, db::kReadyChannel, result.ready_clusters);
    db::notify(pool_, db::kClustersChannel, result.changed_clusters);
}

/// Without a pass, which needs the database.
void ClusterKeeper::stop_all() {
    const auto stop = [&](const Served& served) {
        for (const auto& [worker_id, process] : served.workers)
            if (!process->end() && !process->worker().stopping)
                process->stop(std::chrono::seconds(settings_.drain_seconds));
    };
    for (const auto& [cluster_id, served] : served_) stop(served);
    for (const auto& [instance_pool_id, pool] : pools_) stop(pool.served);
}

bool ClusterKeeper::nothing_lives() const {
    const auto lives = [](const Served& served) {
        return std::ranges::any_of(served.workers, [](const auto& entry) { return !entry.second->end(); });
    };
    return std::ranges::none_of(served_, [&](const auto& entry) { return lives(entry.second); }) &&
           std::ranges::none_of(pools_, [&](const auto& entry) { return lives(entry.second.served); });
}

}  // namespace stoker::clusters
