#include <algorithm>

#include <spdlog/spdlog.h>

#include "clusters/cluster_keeper.h"
#include "db/library_store.h"

// What a node does for the libraries of its clusters.
namespace stoker::clusters {
namespace {

namespace net = boost::asio;
constexpr const char* kLibraryError = "LIBRARY_INSTALLATION_ERROR";
constexpr const char* kPreparationError = "CLUSTER_ERROR";

}  // namespace

void ClusterKeeper::prepare(const db::ClusterRow& cluster, Served& served) {
    served.told.clear();
    served.told_status.clear();
    served.preparation =
        std::make_unique<ClusterPreparation>(environments_, jars_, catalog_, cluster, [this] { wake(); });
}

void ClusterKeeper::renew_worker(const db::ClusterRow& cluster, const Served& served, Worker& worker) const {
    ClusterDefinition definition = stored_definition(cluster.spec, cluster.libraries, catalog_);
    write_launch(launch_of(cluster, served, worker.worker(), definition));
    worker.renew(cluster.libraries);
    spdlog::info("cluster_id={} worker_id={} gets other libraries", cluster.cluster_id, worker.worker().worker_id);
}

/// Passes on what the preparation says, and drops one that is of no use any more. true: the cluster failed by it.
net::awaitable<bool> ClusterKeeper::look_after_preparation(const db::ClusterRow& cluster, Served& served) {
    if (!served.preparation) co_return false;
    ClusterPreparation::Result result = served.preparation->result();
    bool over = result.state != ClusterPreparation::State::kRunning;
    bool wanted = !shutting_down_ && (cluster.state == "PENDING" || cluster.state == "RUNNING") &&
                  served.preparation->is_for(cluster);
    if (!wanted) {
        if (over)
            served.preparation.reset();
        else
            served.preparation->stop();
        co_return false;
    }
    if (result.state == ClusterPreparation::State::kFailed) {
        co_await preparation_failed(cluster, served, std::move(result));
        served.preparation.reset();
        co_return true;
    }
    if (result.state == ClusterPreparation::State::kStopped) {
        served.preparation.reset();
    } else if (!over) {
        co_await tell_progress(cluster, served, result);
    }
    co_return false;
}

net::awaitable<void> ClusterKeeper::tell_progress(const db::ClusterRow& cluster, Served& served,
                                                  const ClusterPreparation::Result& result) {
    ClusterId cluster_id = cluster.cluster_id;
    std::string status = result.stage == InstallStage::kResolving ? "RESOLVING" : "INSTALLING";
    if (served.told_status != status && cluster.libraries != "[]") {
        served.told_status = status;
        auto show = [cluster_id, generation = cluster.generation, libraries = cluster.libraries,
                     status](db::Transaction& tx) { db::libraries_are(tx, cluster_id, generation, libraries, status); };
        co_await pool_.run(show);
    }
    if (result.progress.empty() || result.progress == served.told) co_return;
    served.told = result.progress;
    std::string message = "Installing libraries: " + result.progress;
    auto show = [cluster_id, message](db::Transaction& tx) { db::set_cluster_message(tx, cluster_id, message); };
    co_await pool_.run(show);
}

/// A cluster that runs goes on with what it has, without the libraries at fault; one that was to start does not.
net::awaitable<void> ClusterKeeper::preparation_failed(const db::ClusterRow& cluster, const Served& served,
                                                       ClusterPreparation::Result result) {
    bool goes_on = std::any_of(served.workers.begin(), served.workers.end(), [&](const auto& entry) {
        return entry.second->worker().generation == cluster.generation && !entry.second->worker().stopping;
    });
    bool blamed = false;
    if (goes_on || result.library_failed) {
        nlohmann::json guilty = nlohmann::json::array();
        if (result.guilty) guilty.push_back(to_json(*result.guilty));
        auto blame = [cluster_id = cluster.cluster_id, generation = cluster.generation, guilty = guilty.dump(),
                      why = result.failure](db::Transaction& tx) {
            return db::libraries_failed(tx, cluster_id, generation, guilty, why);
        };
        blamed = co_await pool_.run(blame);
    }
    if (goes_on && blamed) {
        spdlog::warn("cluster_id={} goes on without libraries: {}", cluster.cluster_id, result.failure);
        wake();
    } else {
        co_await fail(cluster, result.failure, result.library_failed ? kLibraryError : kPreparationError);
    }
}

}  // namespace stoker::clusters
