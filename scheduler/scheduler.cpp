#include "scheduler/scheduler.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <spdlog/spdlog.h>

#include "core/random.h"
#include "scheduler/cluster_autoscaler.h"
#include "scheduler/cluster_autoterminator.h"
#include "scheduler/control_tasks.h"
#include "scheduler/duration_watcher.h"
#include "scheduler/job_triggers.h"
#include "scheduler/lease_rescuer.h"
#include "scheduler/notification_sender.h"
#include "scheduler/queue_admitter.h"
#include "scheduler/ready_sweeper.h"
#include "scheduler/run_pruner.h"
#include "scheduler/run_timeout.h"

namespace stoker::scheduler {
namespace {

std::vector<std::unique_ptr<Service>> all_services(db::Pool& pool, const Clock& clock,
                                                   const SchedulerSettings& settings) {
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<ControlTasks>(
        ControlTasks::Settings{settings.signing_key, settings.workspace_id, settings.workspace_url}));
    services.push_back(std::make_unique<JobTriggers>(JobTriggers::Settings{settings.signing_key, settings.dbfs_root}));
    services.push_back(std::make_unique<LeaseRescuer>());
    services.push_back(std::make_unique<RunTimeout>());
    services.push_back(std::make_unique<QueueAdmitter>());
    services.push_back(std::make_unique<ReadySweeper>());
    services.push_back(std::make_unique<ClusterAutoscaler>());
    services.push_back(std::make_unique<ClusterAutoterminator>());
    services.push_back(std::make_unique<DurationWatcher>());
    services.push_back(std::make_unique<NotificationSender>(pool, clock, settings.notifications, settings.sealing_key,
                                                            Workspace{settings.workspace_id, settings.workspace_url}));
    services.push_back(std::make_unique<RunPruner>(settings.run_retention));
    return services;
}

}  // namespace

struct Scheduler::Impl {
    Impl(db::Pool& pool, const Clock& clock, const SchedulerSettings& settings)
        : leadership(pool, clock, settings.owner.empty() ? "scheduler-" + random_hex(8) : settings.owner,
                     settings.lease),
          loop(pool, clock, leadership, all_services(pool, clock, settings)) {}

    void work(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            Clock::Monotonic next = loop.run_due();
            std::unique_lock lock(mutex);
            changed.wait_until(lock, stop, next, [&] { return woken; });
            if (std::exchange(woken, false)) loop.hurry();
        }
        try {
            leadership.resign();
        } catch (const std::exception& error) {
            spdlog::warn("scheduler: the leader's lease could not be given back: {}", error.what());
        }
    }

    Leadership leadership;  // used by the thread only
    PeriodicLoop loop;      // used by the thread only, counts() apart
    std::mutex mutex;
    std::condition_variable_any changed;
    bool woken = false;  // protected by mutex
    std::jthread thread;
};

Scheduler::Scheduler(db::Pool& pool, const Clock& clock, SchedulerSettings settings)
    : impl_(std::make_unique<Impl>(pool, clock, settings)) {}

Scheduler::~Scheduler() {
    stop();
}

void Scheduler::start() {
    if (impl_->thread.joinable()) return;
    impl_->thread = std::jthread([impl = impl_.get()](const std::stop_token& stop) { impl->work(stop); });
}

void Scheduler::stop() {
    if (!impl_->thread.joinable()) return;
    impl_->thread.request_stop();
    impl_->thread.join();
}

void Scheduler::wake() {
    {
        std::lock_guard lock(impl_->mutex);
        impl_->woken = true;
    }
    impl_->changed.notify_all();
}

std::vector<ServiceCount> Scheduler::counts() const {
    return impl_->loop.counts();
}

}  // namespace stoker::scheduler
