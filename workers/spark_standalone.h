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
#include "workers/spark_settings.h"

namespace stoker::workers {

/// The worker's part in the Spark of a cluster of several workers: one JVM with a Spark worker, in the head with the
/// master too, from the moment on that any worker of the cluster wants Spark. Does nothing where every worker has its
/// own, and where the head's node and this one have no address for one another. On the I/O thread.
class SparkStandalone {
  public:
    /// Makes the folders of jars that executors may be asked to read; throws when one cannot be had.
    using GetJars = std::function<boost::asio::awaitable<std::vector<std::filesystem::path>>()>;
    /// `on_moved`: drivers that use the master's last place have lost it.
    SparkStandalone(KernelHost& host, db::Pool& pool, GetJars get_jars, std::function<void()> on_moved);

    /// Looks until `stop` whether there is something to do.
    void start();
    /// Some worker of the cluster wants Spark, or the master has moved. A head that began without further workers, and
    /// keeps its own Spark, has a master for those that came later.
    void hear();
    /// Something may have changed.
    void look();
    /// Wants a master, and waits for it; nullopt where Spark is the worker's own. Throws std::runtime_error when there
    /// is none in time.
    boost::asio::awaitable<std::optional<ClusterSpark>> join();
    void stop();

  private:
    struct Part {
        pid_t pid = 0;
        std::shared_ptr<FrameChannel> channel;
        std::string master_url;  // "" in a head until it is ready
    };
    void begin_to_keep();
    boost::asio::awaitable<void> keep();
    boost::asio::awaitable<void> find_own_host();
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> start_part();
    boost::asio::awaitable<void> run_part();
    boost::asio::awaitable<void> publish(std::string master_url);
    Part launch() const;
    bool has_work() const;
    bool has_master() const;
    bool is_master_within_reach() const;

    KernelHost& host_;
    db::Pool& pool_;
    const GetJars get_jars_;
    const std::function<void()> on_moved_;
    std::string own_host_;
    std::optional<db::SparkMaster> known_;
    std::optional<Part> part_;
    std::string failure_;
    bool keeps_ = false;
    bool to_read_ = true;
    bool stopped_ = false;
    Event changed_;
};

}  // namespace stoker::workers
