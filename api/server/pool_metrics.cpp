#include "api/server/pool_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace stoker::api {
namespace {

using Labels = prometheus::Labels;
using Gauges = prometheus::Family<prometheus::Gauge>;

Gauges& gauges(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

void set(Gauges& family, const Labels& labels, double value) {
    family.Add(labels).Set(value);
}

Labels with(Labels labels, const std::string& name, const std::string& value) {
    labels[name] = value;
    return labels;
}

}  // namespace

std::string pool_metrics(const std::vector<db::WorkerPoolRow>& pools) {
    prometheus::Registry registry;
    Gauges& workers = gauges(registry, "stoker_cluster_workers",
                             "Worker processes, the head's too, by state and by what holds them to their limits");
    Gauges& target = gauges(registry, "stoker_cluster_target_workers", "Workers that it is to have beside the head");
    Gauges& slots = gauges(registry, "stoker_cluster_slots", "Slots of ready workers");
    Gauges& leased = gauges(registry, "stoker_cluster_leased_task_runs", "Task runs that a worker has claimed");
    Gauges& waiting = gauges(registry, "stoker_cluster_waiting_task_runs", "Task runs that no worker has claimed yet");
    Gauges& delay =
        gauges(registry, "stoker_cluster_queue_delay_seconds", "How long the oldest waiting task run has waited");
    auto& decisions = prometheus::BuildCounter()
                          .Name("stoker_cluster_scale_decisions_total")
                          .Help("Decisions of autoscaling to grow or shrink the pool")
                          .Register(registry);
    for (const db::WorkerPoolRow& pool : pools) {
        const Labels cluster{{"cluster_id", pool.cluster_id}, {"cluster_name", pool.cluster_name}};
        for (const db::AliveWorkers& alike : pool.workers)
            set(workers, with(with(cluster, "state", alike.state), "limits", alike.limits_by), alike.count);
        set(target, cluster, pool.num_workers);
        set(slots, cluster, static_cast<double>(pool.slots));
        set(leased, cluster, static_cast<double>(pool.leased));
        set(waiting, cluster, static_cast<double>(pool.waiting));
        set(delay, cluster, std::chrono::duration<double>(pool.oldest_wait).count());
        decisions.Add(with(cluster, "direction", "up")).Increment(pool.times_grown);
        decisions.Add(with(cluster, "direction", "down")).Increment(pool.times_shrunk);
    }
    return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace stoker::api
