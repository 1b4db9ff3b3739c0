#include "clusters/worker_process.h"

#include <signal.h>

#include "clusters/process.h"

namespace stoker::clusters {

namespace net = boost::asio;

WorkerProcess::WorkerProcess(net::any_io_executor executor, Children& children, LivingWorker worker, pid_t pid,
                             Clock::Monotonic started, std::function<void()> ended)
    : Worker(executor, std::move(worker), started),
      children_(children),
      pid_(pid),
      pidfd_(executor, open_pidfd(pid)),
      ended_(std::move(ended)) {
    pidfd_.async_wait(net::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        reap();
        ended_();
    });
}

WorkerProcess::~WorkerProcess() {
    if (end()) return;
    kill_tree(pid_);
    reap();
}

void WorkerProcess::kill() {
    if (!end()) kill_tree(pid_);
}

void WorkerProcess::tell(Order order) {
    switch (order) {
        case Order::kRenew:
            ::kill(pid_, SIGHUP);
            break;
        case Order::kRetire:
            ::kill(pid_, SIGUSR1);
            break;
        case Order::kStop:
            ::kill(pid_, SIGTERM);
            break;
    }
}

void WorkerProcess::reap() {
    const int status = children_.reap(pid_);
    // All that it started is gone before anybody hears of its end: only then may its task runs be given to another.
    children_.end_strays();
    has_ended({.status = status});
}

}  // namespace stoker::clusters
