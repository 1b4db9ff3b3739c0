#include "clusters/reconciliation.h"

#include <algorithm>

namespace stoker::clusters {
namespace {

void stop_all(const ClusterView& cluster, std::vector<Action>& actions) {
    for (const LivingWorker& worker : cluster.workers)
        if (!worker.stopping) actions.push_back(StopWorker{worker.worker_id});
}

/// RUNNING too: workers may have died, or the node is new and finds a cluster that ran before.
std::vector<Action> keep_up(const ClusterView& cluster) {
    std::vector<Action> actions;
    bool old = false;
    for (const LivingWorker& worker : cluster.workers) {
        if (worker.generation != cluster.generation || worker.lost) {
            old = true;
            if (!worker.stopping) actions.push_back(StopWorker{worker.worker_id});
        } else if (worker.draining) {
            if (!worker.stopping && !worker.retiring) actions.push_back(RetireWorker{worker.worker_id});
        }
    }
    if (cluster.hopeless) return {GiveUp{}};
    if (cluster.preparation == Preparation::kNone) actions.push_back(Prepare{});
    // The new generation waits until the old one has given back memory and leases.
    if (cluster.preparation != Preparation::kDone || cluster.resting || old) return actions;
    for (const LivingWorker& worker : cluster.workers)
        if (worker.ready && !worker.stopping && worker.libraries != cluster.libraries)
            actions.push_back(RenewWorker{worker.worker_id});
    if (cluster.head_placed) actions.push_back(StartWorker{true});
    for (int i = 0; i < cluster.workers_placed; ++i) actions.push_back(StartWorker{false});
    return actions;
}

}  // namespace

std::vector<Action> decide(const ClusterView& cluster) {
    if (cluster.state == "PENDING" || cluster.state == "RUNNING") return keep_up(cluster);
    std::vector<Action> actions;
    if (cluster.preparation == Preparation::kRunning) actions.push_back(CancelPreparation{});
    stop_all(cluster, actions);
    if (cluster.workers.empty() && cluster.preparation != Preparation::kRunning &&
        (cluster.state == "TERMINATING" || cluster.state == "RESTARTING"))
        actions.push_back(DeclareDown{});
    return actions;
}

}  // namespace stoker::clusters
