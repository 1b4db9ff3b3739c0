#include <algorithm>

#include <spdlog/spdlog.h>

#include "clusters/cluster_keeper.h"
#include "clusters/instance_pool.h"
#include "clusters/worker_group.h"
#include "core/random.h"

// What a node does for instance pools: workers that are warm before a cluster asks for them.
namespace stoker::clusters {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

constexpr auto kEarly = 15s;
constexpr auto kAfterTrouble = 30s;

/// Rolls back what was written for a worker that has no place in its pool.
class NoPlace : public std::runtime_error {
  public:
    explicit NoPlace(const db::PoolPlace& refused) : std::runtime_error(refused.why_not), place(refused) {}
    db::PoolPlace place;
};

/// As a definition that an instance is prepared for: no cluster's, so it has no id.
db::ClusterRow warm_cluster(const std::string& instance_pool_id, const InstancePool& pool) {
    db::ClusterRow cluster;
    cluster.cluster_name = instance_pool_id;
    cluster.spec = warm_cluster_spec(pool);
    cluster.libraries = "[]";
    cluster.generation = 0;
    return cluster;
}

/// Zygotes have their variables from their start. This one says what they do anyway.
bool wants_own_variables(const ClusterDefinition& definition) {
    return std::ranges::any_of(definition.spark_env_vars, [](const auto& variable) {
        return variable.first != "PYSPARK_PYTHON" || !variable.second.starts_with("/databricks/python");
    });
}

}  // namespace

net::awaitable<void> ClusterKeeper::keep_pools() {
    auto read = [node_id = settings_.node_id](db::Transaction& tx) { return db::pools_to_keep(tx, node_id); };
    std::vector<db::PoolToKeep> asked = co_await pool_.run(read);
    for (auto& [instance_pool_id, pool] : pools_) pool.asked = {};
    for (db::PoolToKeep& one : asked) pools_[one.instance_pool_id].asked = std::move(one);
    std::string trouble;
    for (auto& [instance_pool_id, pool] : pools_) {
        try {
            co_await keep_pool(pool);
        } catch (const std::exception& error) {
            trouble = "instance_pool_id=" + instance_pool_id + " " + error.what();
        }
    }
    std::erase_if(pools_, [&](const auto& entry) {
        return entry.second.served.empty() && (shutting_down_ || entry.second.asked.instance_pool_id.empty());
    });
    if (!trouble.empty()) throw std::runtime_error(trouble);
}

net::awaitable<void> ClusterKeeper::keep_pool(Pool& pool) {
    co_await record_ended_instances(pool);
    const bool wanted = !shutting_down_ && !pool.asked.instance_pool_id.empty();
    for (const auto& [worker_id, process] : pool.served.workers)
        if (!wanted || std::ranges::count(pool.asked.to_end, worker_id) > 0)
            process->stop(std::chrono::seconds(settings_.drain_seconds));
    if (!wanted) {
        pool.served.preparation.reset();
        co_return;
    }
    if (pool.asked.to_start + pool.followers == 0 && pool.served.preparation) co_return;
    if (!is_prepared(pool) || pool.served.rest_until > clock_.monotonic()) co_return;
    for (int i = 0; i < pool.asked.to_start; ++i) co_await start_instance(pool, false);
    for (; pool.followers > 0; --pool.followers) co_await start_instance(pool, true);
}

/// Its environment is kept for as long as the pool is.
bool ClusterKeeper::is_prepared(Pool& pool) {
    Served& served = pool.served;
    if (!served.preparation) {
        if (served.rest_until > clock_.monotonic()) return false;
        const db::ClusterRow warm =
            warm_cluster(pool.asked.instance_pool_id, stored_instance_pool(pool.asked.spec, catalog_));
        served.preparation =
            std::make_unique<ClusterPreparation>(environments_, jars_, catalog_, warm, [this] { wake(); });
        return false;
    }
    const ClusterPreparation::Result result = served.preparation->result();
    if (result.state == ClusterPreparation::State::kFailed) {
        spdlog::warn("instance_pool_id={} cannot be prepared: {}", pool.asked.instance_pool_id, result.failure);
        served.rest_until = clock_.monotonic() + kAfterTrouble;
        served.preparation.reset();
    }
    return result.state == ClusterPreparation::State::kDone;
}

net::awaitable<void> ClusterKeeper::start_instance(Pool& pool, bool follows) {
    const std::string instance_pool_id = pool.asked.instance_pool_id;
    const db::ClusterRow warm = warm_cluster(instance_pool_id, stored_instance_pool(pool.asked.spec, catalog_));
    const LivingWorker living{.worker_id = random_uuid(), .is_head = true, .libraries = warm.libraries};
    auto enter = [=, worker_id = living.worker_id, node_id = settings_.node_id](db::Transaction& tx) {
        return db::register_pool_instance(tx, worker_id, instance_pool_id, node_id, follows);
    };
    pool.served.unborn.push_back(living.worker_id);
    const bool taken = co_await pool_.run(enter);
    if (taken) {
        const ClusterDefinition definition = stored_definition(warm.spec, warm.libraries, catalog_);
        const WorkerLaunch launch = launch_of(warm, pool.served, living, definition);
        make_folders(launch);
        write_launch(launch);
        pool.served.workers.emplace(living.worker_id,
                                    providers_.at(definition.provider)->start(living, launch, definition));
        spdlog::info("instance_pool_id={} worker_id={} started", instance_pool_id, living.worker_id);
    }
    pool.served.unborn.pop_back();
}

net::awaitable<void> ClusterKeeper::record_ended_instances(Pool& pool) {
    std::vector<WorkerId> ended = pool.served.unborn;
    for (const auto& [worker_id, worker] : pool.served.workers) {
        if (!worker->end()) continue;
        ended.push_back(worker_id);
        const bool asked_to = worker->worker().stopping;
        if (!asked_to && clock_.monotonic() - worker->started() < kEarly)
            pool.served.rest_until = clock_.monotonic() + kAfterTrouble;
        spdlog::info("worker_id={} of an instance pool ended with status {}{}", worker_id, worker->end()->status,
                     asked_to ? " as asked" : "");
    }
    for (const WorkerId& worker_id : ended) {
        auto forget = [worker_id](db::Transaction& tx) { db::pool_instance_is_gone(tx, worker_id); };
        co_await pool_.run(forget);
        remove_traces(worker_id);
        pool.served.workers.erase(worker_id);
    }
    pool.served.unborn.clear();
}

/// In the place of an instance that has served a cluster: that one serves no other.
void ClusterKeeper::follow_instance(const std::string& instance_pool_id) {
    const auto pool = pools_.find(instance_pool_id);
    if (pool != pools_.end() && !shutting_down_) ++pool->second.followers;
}

ClusterKeeper::Instances::iterator ClusterKeeper::fitting_instance(Pool& pool, const ClusterDefinition& definition,
                                                                   const Served& served) {
    const auto none = pool.served.workers.end();
    if (!pool.served.preparation || wants_own_variables(definition) || !definition.log_folder.empty()) return none;
    const InstancePool warm = stored_instance_pool(pool.asked.spec, catalog_);
    const ClusterPreparation::Result asked = served.preparation->result();
    const ClusterPreparation::Result there = pool.served.preparation->result();
    const int slots = catalog_.find_node_type(warm.node_type_id)->cores;
    const bool fits = asked.environment.python == there.environment.python && asked.jars.folder == there.jars.folder &&
                      catalog_.find_spark_version(definition.spark_version)->runtime ==
                          catalog_.find_spark_version(warm.spark_version)->runtime &&
                      (definition.slots == 0 || definition.slots == slots) && definition.kernel_memory_mb == 0;
    if (!fits) return none;
    return std::ranges::find_if(pool.served.workers, [&](const auto& entry) {
        return std::ranges::count(pool.asked.idle, entry.first) > 0 && !entry.second->end() &&
               !entry.second->worker().stopping;
    });
}

/// Registers a worker for the cluster, in its pool if it has one. false: there is no place for it.
net::awaitable<bool> ClusterKeeper::take_place(const db::ClusterRow& cluster, Served& served,
                                               const db::WorkerRow& worker, const db::WorkerSize& size,
                                               std::string instance_pool_id) {
    auto enter = [=](db::Transaction& tx) {
        if (!db::register_worker(tx, worker, size)) return false;
        if (instance_pool_id.empty()) return true;
        const db::PoolPlace place = db::take_pool_place(tx, instance_pool_id, worker.worker_id);
        if (!place.why_not.empty()) throw NoPlace(place);
        return true;
    };
    db::PoolPlace place{.pool_exists = true};
    bool taken = false;
    try {
        taken = co_await pool_.run(enter);
    } catch (const NoPlace& refusal) {
        place = refusal.place;
    }
    if (!place.pool_exists) {
        co_await fail(cluster, place.why_not, "CLUSTER_ERROR");
    } else if (!place.why_not.empty() && served.told != place.why_not) {
        served.told = place.why_not;
        auto show = [cluster_id = cluster.cluster_id, why = place.why_not](db::Transaction& tx) {
            db::set_cluster_message(tx, cluster_id, why);
        };
        co_await pool_.run(show);
    }
    co_return taken;
}

}  // namespace stoker::clusters
