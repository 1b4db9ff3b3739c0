#pragma once
#include <chrono>
#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "clusters/children.h"
#include "clusters/reconciliation.h"
#include "core/clock.h"

namespace stoker::clusters {

/// One worker process of this node, from its spawn until the node has written that it is gone. On the node's executor.
class WorkerProcess {
  public:
    /// Takes a child that `children` has just spawned. `ended` is called once, on the executor, when it has ended.
    WorkerProcess(boost::asio::any_io_executor executor, Children& children, LivingWorker worker, pid_t pid,
                  Clock::Monotonic started, std::function<void()> ended);
    /// Kills the tree if it still lives, and reaps.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    const LivingWorker& worker() const { return worker_; }
    Clock::Monotonic started() const { return started_; }
    /// Exit status, or 128 + signal; nullopt while it lives.
    std::optional<int> exit_status() const { return exit_status_; }

    /// SIGHUP, so that it reads its launch file again: it is a cluster's now.
    void hand_over(LivingWorker worker);
    /// SIGHUP, so that it reads its launch file again: `libraries` are those that it finds there.
    void renew(const std::string& libraries);
    /// SIGUSR1: it claims no more, and leaves when the runs under way have ended.
    void retire();
    /// SIGTERM, so that it drains; after `grace` its whole tree is killed.
    void stop(std::chrono::seconds grace);
    void kill();

  private:
    void reap();

    Children& children_;
    LivingWorker worker_;
    pid_t pid_;
    Clock::Monotonic started_;
    std::optional<int> exit_status_;
    boost::asio::posix::stream_descriptor pidfd_;
    boost::asio::steady_timer grace_;
    std::function<void()> ended_;
};

}  // namespace stoker::clusters
