#pragma once
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clusters/children.h"
#include "clusters/command.h"
#include "clusters/sites/site.h"

namespace stoker::clusters {

/// Slurm's own programs, with arguments in place of a shell. A program takes some ten seconds when the
/// controller does not answer.
class Slurm final : public Site {
  public:
    struct Settings {
        NodeId node_id;
        std::filesystem::path data_folder;  // on a file system that the compute nodes share
        std::filesystem::path program;      // the stoker binary, there under the same path
    };
    Slurm(Children& children, Settings settings);

    std::string provider() const override { return kSlurmProvider; }
    Names names() const override { return {"Slurm", "job"}; }
    std::string unavailable() const override;
    std::variant<std::string, SiteRefusal> submit(const WorkerLaunch& launch, const ClusterDefinition& definition,
                                                  const std::stop_token& stop) override;
    std::variant<std::vector<SiteJob>, SiteRefusal> jobs(const std::stop_token& stop) override;
    std::string tell(const SiteJob& job, SiteMessage message, const std::stop_token& stop) override;

    // What is said to the programs and read from them, without them.
    std::vector<std::string> submission(const WorkerLaunch& launch, const SlurmOptions& options) const;
    std::vector<SiteJob> parse_jobs(std::string_view squeue_output) const;

  private:
    CommandResult run(std::vector<std::string> argv, const std::stop_token& stop);
    std::string signal(const SiteJob& job, const std::string& name, const std::stop_token& stop);
    std::string tell_to_leave(const SiteJob& job, const std::string& signal_name, const std::stop_token& stop);
    std::string mark() const;

    Children& children_;
    const Settings settings_;
    const bool installed_;
};

}  // namespace stoker::clusters
