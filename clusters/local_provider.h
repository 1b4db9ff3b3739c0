#pragma once
#include <filesystem>
#include <functional>

#include "clusters/children.h"
#include "clusters/gpus.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

/// Workers as child processes of the node, held to their node type by the machine.
class LocalProvider final : public WorkerProvider {
  public:
    /// `program`: the stoker binary. `changed` is called on the executor whenever a worker has ended.
    LocalProvider(boost::asio::any_io_executor executor, const Clock& clock, Children& children, Machine machine,
                  std::filesystem::path program, std::function<void()> changed);

    std::string unavailable() const override { return ""; }
    bool is_of_this_machine() const override { return true; }
    void hold(const NodeType& type, WorkerLaunch& launch) override;
    std::unique_ptr<Worker> start(const LivingWorker& worker, const WorkerLaunch& launch,
                                  const ClusterDefinition& definition) override;
    /// They die with their node.
    std::unique_ptr<Worker> adopt(const WorkerLaunch&) override { return nullptr; }

  private:
    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    Children& children_;
    const Machine machine_;
    const std::filesystem::path program_;
    const std::function<void()> changed_;
    GpuShares gpus_{gpus_of_machine()};
};

}  // namespace stoker::clusters
