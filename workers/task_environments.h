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
#include "clusters/library.h"
#include "workers/zygote_tree.h"

namespace stoker::workers {

/// The zygotes of the cluster's own environment, and of those that tasks with libraries of their own asked for.
class TaskEnvironments {
  public:
    TaskEnvironments(KernelHost& host, Driver& driver);
    ~TaskEnvironments();

    ZygoteTree& own() { return *own_; }
    /// For a task with `libraries` (JSON array). Builds the environment first when no run has asked for it before.
    /// Throws RunRefused when it cannot be built, or needs what only a cluster's start can bring.
    boost::asio::awaitable<ZygoteTree*> tree_for(nlohmann::json libraries);

    void driver_died();
    void wake();
    void shrink_pools();
    void stop();
    void end_at_once();

  private:
    boost::asio::awaitable<clusters::Environment> build(std::vector<clusters::Library> libraries);
    std::vector<ZygoteTree*> trees() const;

    KernelHost& host_;
    Driver& driver_;
    std::unique_ptr<ZygoteTree> own_;
    const std::vector<clusters::Library> of_cluster_;
    std::map<std::string, std::unique_ptr<ZygoteTree>> others_;  // by the environment's hash
    std::unique_ptr<clusters::EnvironmentBuilder> builder_;
    std::stop_source stopping_;
    boost::asio::thread_pool building_{1};
};

/// The libraries of a task that its cluster does not have already. No I/O.
std::vector<clusters::Library> missing_libraries(const std::vector<clusters::Library>& wanted,
                                                 const std::vector<clusters::Library>& of_cluster);

}  // namespace stoker::workers
