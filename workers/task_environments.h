#pragma once
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <nlohmann/json.hpp>

#include "clusters/environment.h"
#include "clusters/jars.h"
#include "clusters/library.h"
#include "db/pool.h"
#include "workers/zygote_tree.h"

namespace stoker::workers {

/// The zygotes of the cluster's own environment, and of those that tasks with libraries of their own asked for.
class TaskEnvironments {
  public:
    TaskEnvironments(KernelHost& host, Driver& driver, db::Pool& pool);
    ~TaskEnvironments();

    ZygoteTree& own() { return *own_; }
    /// The cluster's libraries have changed, and the launch with them: runs that ask from here on find the new ones,
    /// while others go on with what they have. Throws std::runtime_error, and leaves all as it was, when no kernel
    /// comes to life in the new environment.
    boost::asio::awaitable<void> renew(clusters::WorkerLaunch renewed);
    /// For a task with `libraries` (JSON array). Builds the environment first when no run has asked for it before.
    /// Throws RunRefused when it cannot be built, or needs what only a cluster's start can bring.
    boost::asio::awaitable<ZygoteTree*> tree_for(nlohmann::json libraries);
    /// The same for what runs in a JVM of its own: jars among the libraries are resolved too. Kernels of the tree may
    /// read the folders of `jars`, which hold those of the task and those of the cluster.
    struct WithJars {
        ZygoteTree* tree = nullptr;
        std::vector<std::filesystem::path> jars;
    };
    boost::asio::awaitable<WithJars> tree_with_jars_for(nlohmann::json libraries);
    /// The class path of the cluster's driver: what its definition asks for, then what every cluster of its Spark
    /// version has, which is resolved by the first that needs it. Throws LibraryError, Stopped or std::runtime_error.
    boost::asio::awaitable<std::vector<std::filesystem::path>> driver_jars();

    void driver_died();
    void wake();
    void shrink_pools();
    void stop();
    void end_at_once();

  private:
    boost::asio::awaitable<clusters::Environment> build(std::vector<clusters::Library> libraries);
    boost::asio::awaitable<std::filesystem::path> python_for(std::vector<clusters::Library> missing);
    boost::asio::awaitable<std::filesystem::path> resolve(std::vector<clusters::Library> libraries);
    boost::asio::awaitable<std::vector<std::filesystem::path>> with_delta_lake(std::vector<std::filesystem::path> jars);
    void hold(const clusters::WorkerLaunch& launch);
    ZygoteTree& tree_of(const std::filesystem::path& python, const std::filesystem::path& jars);
    std::vector<ZygoteTree*> trees() const;

    KernelHost& host_;
    Driver& driver_;
    std::unique_ptr<ZygoteTree> own_;
    std::vector<clusters::Library> of_cluster_;
    std::map<std::string, std::unique_ptr<ZygoteTree>> others_;  // by their interpreter and jars
    std::vector<std::unique_ptr<ZygoteTree>> left_;              // runs may know them as long as the worker lives
    std::vector<clusters::InUse> in_use_;                        // environments and jars that must stay
    std::unique_ptr<clusters::EnvironmentBuilder> builder_;
    std::unique_ptr<clusters::JarResolver> jars_;
    std::unique_ptr<clusters::JarResolver> spark_jars_;
    std::stop_source stopping_;
    boost::asio::thread_pool building_{1};
};

/// The libraries of a task that its cluster does not have already. No I/O.
std::vector<clusters::Library> missing_libraries(const std::vector<clusters::Library>& wanted,
                                                 const std::vector<clusters::Library>& of_cluster);

}  // namespace stoker::workers
