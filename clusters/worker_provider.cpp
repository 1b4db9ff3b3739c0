#include "clusters/worker_provider.h"

namespace stoker::clusters {

Worker::Worker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started)
    : worker_(std::move(worker)),
      started_(started),
      grace_(std::move(executor)),
      self_(std::make_shared<Worker*>(this)) {}

void Worker::hand_over(LivingWorker worker) {
    worker_ = std::move(worker);
    if (!end_) tell(Order::kRenew);
}

void Worker::renew(const std::string& libraries) {
    worker_.libraries = libraries;
    if (!end_) tell(Order::kRenew);
}

void Worker::retire() {
    if (worker_.retiring || worker_.stopping || end_) return;
    worker_.retiring = true;
    tell(Order::kRetire);
}

void Worker::stop(std::chrono::seconds grace) {
    if (worker_.stopping || end_) return;
    worker_.stopping = true;
    tell(Order::kStop);
    grace_.expires_after(grace);
    grace_.async_wait([self = std::weak_ptr<Worker*>(self_)](const boost::system::error_code& error) {
        const auto found = self.lock();
        if (!error && found) (*found)->kill();
    });
}

void Worker::has_ended(WorkerEnd end) {
    grace_.cancel();
    end_ = std::move(end);
}

}  // namespace stoker::clusters
