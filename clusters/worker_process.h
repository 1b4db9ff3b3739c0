#pragma once
#include <functional>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "clusters/children.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

/// A worker that is a child of the node.
class WorkerProcess final : public Worker {
  public:
    /// Takes a child that `children` has just spawned. `ended` is called once, on the executor, when it has ended.
    WorkerProcess(boost::asio::any_io_executor executor, Children& children, LivingWorker worker, pid_t pid,
                  Clock::Monotonic started, std::function<void()> ended);
    /// Kills the tree if it still lives, and reaps.
    ~WorkerProcess() override;

    void kill() override;

  private:
    void tell(Order order) override;
    void reap();

    Children& children_;
    pid_t pid_;
    boost::asio::posix::stream_descriptor pidfd_;
    std::function<void()> ended_;
};

}  // namespace stoker::clusters
