#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "db/pool.h"
#include "db/spark_master_store.h"
#include "workers/event.h"
#include "workers/frame_channel.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// The worker's part in the Spark of a cluster of several workers: one JVM with a Spark worker, in the head with the
/// master too, from the moment on that any worker of the cluster wants Spark. Does nothing where every worker has its
/// own. On the I/O thread.
class SparkStandalone {
  public:
    /// `on_moved`: drivers that use the master's last place have lost it.
    SparkStandalone(KernelHost& host, db::Pool& pool, std::function<void()> on_moved);

    /// Looks until `stop` whether there is something to do.
    void start();
    /// Something may have changed.
    void look();
    /// Wants a master, and waits for it; nullopt where Spark is the worker's own. Throws std::runtime_error when there
    /// is none in time.
    boost::asio::awaitable<std::optional<db::SparkMaster>> master();
    void stop();

  private:
    struct Part {
        pid_t pid = 0;
        std::shared_ptr<FrameChannel> channel;
        std::string master_url;  // "" in a head until it is ready
    };
    boost::asio::awaitable<void> keep();
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> run_part();
    boost::asio::awaitable<void> publish(std::string master_url);
    Part launch() const;
    bool has_work() const;

    KernelHost& host_;
    db::Pool& pool_;
    const std::function<void()> on_moved_;
    std::optional<db::SparkMaster> known_;
    std::optional<Part> part_;
    std::string failure_;
    bool to_read_ = true;
    bool stopped_ = false;
    Event changed_;
};

}  // namespace stoker::workers
