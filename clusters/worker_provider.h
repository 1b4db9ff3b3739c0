#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "clusters/catalog.h"
#include "clusters/cluster_definition.h"
#include "clusters/reconciliation.h"
#include "clusters/worker_launch.h"
#include "core/clock.h"

namespace stoker::clusters {

/// How a worker came to its end.
struct WorkerEnd {
    int status = 0;            // exit status, or 128 + signal
    std::string why;           // what its provider knows beside that, for a person
    bool was_refused = false;  // it never began
};

/// One worker of this node, from its start until the node has written that it is gone. On the node's executor.
class Worker {
  public:
    Worker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started);
    virtual ~Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    const LivingWorker& worker() const { return worker_; }
    Clock::Monotonic started() const { return started_; }
    /// nullopt while it lives, or may live.
    const std::optional<WorkerEnd>& end() const { return end_; }
    /// What keeps it from being ready, for a person; "" = nothing that its provider knows of.
    virtual std::string waits_for() const { return ""; }

    /// It reads its launch file again: it is a cluster's now.
    void hand_over(LivingWorker worker);
    /// It reads its launch file again: `libraries` are those that it finds there.
    void renew(const std::string& libraries);
    /// It claims no more, and leaves when the runs under way have ended.
    void retire();
    /// It drains; after `grace` it is killed.
    void stop(std::chrono::seconds grace);
    virtual void kill() = 0;

  protected:
    enum class Order { kRenew, kRetire, kStop };
    /// Only while it lives.
    virtual void tell(Order order) = 0;
    /// Later than its start, if it had to wait.
    void has_begun(Clock::Monotonic now) { started_ = now; }
    void has_ended(WorkerEnd end);

  private:
    LivingWorker worker_;
    Clock::Monotonic started_;
    std::optional<WorkerEnd> end_;
    boost::asio::steady_timer grace_;
    const std::shared_ptr<Worker*> self_;  // not to be found any more once this is gone
};

/// Where the workers of a cluster run: tag `stoker.provider` of its definition.
class WorkerProvider {
  public:
    virtual ~WorkerProvider() = default;
    /// Why this node can have no workers by it; "" = it can.
    virtual std::string unavailable() const = 0;
    /// Whether they take their cores and memory from the node's own machine.
    virtual bool is_of_this_machine() const = 0;
    /// Says in `launch` what holds the worker to its node type, and sees to it.
    virtual void hold(const NodeType& type, WorkerLaunch& launch) = 0;
    /// The launch file has been written. Throws what makes a start impossible.
    virtual std::unique_ptr<Worker> start(const LivingWorker& worker, const WorkerLaunch& launch,
                                          const ClusterDefinition& definition) = 0;
    /// A worker that an earlier life of this node has started and that may have outlived it; nullptr = none does.
    virtual std::unique_ptr<Worker> adopt(const WorkerLaunch& launch) = 0;
};

}  // namespace stoker::clusters
