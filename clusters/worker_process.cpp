#include "clusters/worker_process.h"

#include <signal.h>

#include "clusters/process.h"

namespace stoker::clusters {

namespace net = boost::asio;

WorkerProcess::WorkerProcess(net::any_io_executor executor, Children& children, LivingWorker worker, pid_t pid,
                             Clock::Monotonic started, std::function<void()> ended)
    : children_(children),
      worker_(std::move(worker)),
      pid_(pid),
      started_(started),
      pidfd_(executor, open_pidfd(pid)),
      grace_(executor),
      ended_(std::move(ended)) {
    pidfd_.async_wait(net::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        reap();
        ended_();
    });
}

WorkerProcess::~WorkerProcess() {
    if (exit_status_) return;
    kill();
    reap();
}

void WorkerProcess::hand_over(LivingWorker worker) {
    worker_ = std::move(worker);
    if (!exit_status_) ::kill(pid_, SIGHUP);
}

void WorkerProcess::renew(const std::string& libraries) {
    worker_.libraries = libraries;
    if (!exit_status_) ::kill(pid_, SIGHUP);
}

void WorkerProcess::retire() {
    if (worker_.retiring || worker_.stopping || exit_status_) return;
    worker_.retiring = true;
    ::kill(pid_, SIGUSR1);
}

void WorkerProcess::stop(std::chrono::seconds grace) {
    if (worker_.stopping || exit_status_) return;
    worker_.stopping = true;
    ::kill(pid_, SIGTERM);
    grace_.expires_after(grace);
    grace_.async_wait([this](const boost::system::error_code& error) {
        if (!error) kill();
    });
}

void WorkerProcess::kill() {
    if (!exit_status_) kill_tree(pid_);
}

void WorkerProcess::reap() {
    grace_.cancel();
    exit_status_ = children_.reap(pid_);
}

}  // namespace stoker::clusters
