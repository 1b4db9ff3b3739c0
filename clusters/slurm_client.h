#pragma once
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clusters/children.h"
#include "clusters/command.h"
#include "clusters/slurm_options.h"
#include "clusters/worker_launch.h"

namespace stoker::clusters {

/// One job of this node as squeue tells of it.
struct SlurmJob {
    std::int64_t job_id = 0;
    WorkerId worker_id;
    std::string state;   // "PENDING", "RUNNING", …
    std::string reason;  // of waiting, or of the end; "" = none
    int exit_code = 0;

    /// Nothing of it runs any more, and nothing will.
    bool has_ended() const;
};

/// What Slurm says in place of an answer.
struct SlurmRefusal {
    std::string message;
};

/// Slurm's own programs, with arguments in place of a shell. Every call blocks until the program has ended: some ten
/// seconds when the controller does not answer.
class SlurmClient {
  public:
    struct Settings {
        NodeId node_id;
        std::filesystem::path data_folder;  // on a file system that the compute nodes share
        std::filesystem::path program;      // the stoker binary, there under the same path
    };
    SlurmClient(Children& children, Settings settings);

    static bool is_installed();
    /// What the job is to be, into the worker's folder. Throws std::system_error.
    static void write_script(const WorkerLaunch& launch);
    std::variant<std::int64_t, SlurmRefusal> submit(const WorkerLaunch& launch, const SlurmOptions& options,
                                                    const std::stop_token& stop);
    /// Those of this node, on this data folder, that run, wait, or have ended within the last minutes.
    std::variant<std::vector<SlurmJob>, SlurmRefusal> jobs(const std::stop_token& stop);
    /// Of the job's worker alone, and not of what it has started. "" when Slurm has taken it, else what it says.
    std::string signal(std::int64_t job_id, const std::string& name, const std::stop_token& stop);
    /// A job that runs is left alone.
    std::string cancel_if_pending(std::int64_t job_id, const std::stop_token& stop);
    std::string cancel(std::int64_t job_id, const std::stop_token& stop);

    // What is said to the programs and read from them, without them.
    std::vector<std::string> submission(const WorkerLaunch& launch, const SlurmOptions& options) const;
    std::vector<SlurmJob> parse_jobs(std::string_view squeue_output) const;

  private:
    CommandResult run(std::vector<std::string> argv, const std::stop_token& stop);
    std::string mark() const;

    Children& children_;
    const Settings settings_;
};

}  // namespace stoker::clusters
