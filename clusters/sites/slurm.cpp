#include "clusters/sites/slurm.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "clusters/gpus.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongest{60};
constexpr std::string_view kNamePrefix = "stoker-";
constexpr const char* kColumns = "JobID:|,Name:|,State:|,exit_code:|,Comment:|,Reason:|";
constexpr std::size_t kColumnCount = 6;
constexpr std::array kEndStates{"BOOT_FAIL", "CANCELLED", "COMPLETED",     "DEADLINE", "FAILED",
                                "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY", "REVOKED",  "TIMEOUT"};

bool failed(const CommandResult& result) {
    return result.status != 0;
}

/// The last line says most: what comes before it is warnings.
std::string message_of(const CommandResult& result) {
    std::string text = result.output;
    text.erase(text.find_last_not_of(" \n") + 1);
    text.erase(0, text.rfind('\n') + 1);
    return text.empty() ? "it ended with status " + std::to_string(result.status) + "." : text;
}

std::vector<std::string_view> columns(std::string_view line) {
    std::vector<std::string_view> found;
    while (found.size() + 1 < kColumnCount) {
        const auto bar = line.find('|');
        if (bar == line.npos) return {};
        found.push_back(line.substr(0, bar));
        line.remove_prefix(bar + 1);
    }
    found.push_back(line.substr(0, line.rfind('|')));
    return found;
}

std::string message_of_failure(const CommandResult& result) {
    return failed(result) ? message_of(result) : "";
}

SiteJob::Phase phase_of(std::string_view state) {
    if (std::ranges::find(kEndStates, state) != kEndStates.end()) return SiteJob::Phase::kEnded;
    return state == "RUNNING" ? SiteJob::Phase::kRunning : SiteJob::Phase::kWaiting;
}

/// Slurm takes scripts only. This one becomes the worker, so that signals to the script are signals to the worker.
constexpr const char* kScript = "#!/bin/sh\nexec \"$@\"\n";

fs::path script_of(const WorkerLaunch& launch) {
    return launch.work_folder / "job.sh";
}

void write_script(const WorkerLaunch& launch) {
    std::ofstream stream(script_of(launch));
    stream << kScript;
    stream.flush();
    if (!stream) throw std::system_error(errno, std::generic_category(), script_of(launch).string());
}

bool is_installed() {
    const char* path = std::getenv("PATH");
    std::string_view folders = path ? path : "";
    while (!folders.empty()) {
        const std::string folder(folders.substr(0, folders.find(':')));
        if (!folder.empty() && ::access((folder + "/sbatch").c_str(), X_OK) == 0) return true;
        folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
    }
    return false;
}

}  // namespace

Slurm::Slurm(Children& children, Settings settings)
    : children_(children), settings_(std::move(settings)), installed_(is_installed()) {}

std::string Slurm::unavailable() const {
    if (installed_) return "";
    return "Slurm: node " + settings_.node_id + " cannot submit jobs, there is no sbatch on its PATH";
}

/// By which this node knows its jobs, whatever else runs under its name or its user.
std::string Slurm::mark() const {
    std::string mark = "stoker node=" + settings_.node_id + "@" + settings_.data_folder.string();
    std::ranges::replace(mark, '|', '_');
    return mark;
}

std::vector<std::string> Slurm::submission(const WorkerLaunch& launch, const SlurmOptions& options) const {
    std::vector<std::string> argv{
        "sbatch",
        "--parsable",
        "--job-name=" + std::string(kNamePrefix) + launch.worker_id,
        "--comment=" + mark() + " cluster=" + launch.cluster_id,
        "--no-requeue",  // it would begin again as a worker that is long gone
        "--nodes=1",
        "--ntasks=1",
        "--cpus-per-task=" + std::to_string(launch.limits.cores),
        "--mem=" + std::to_string(launch.limits.memory_mb) + "M",
        "--chdir=" + launch.work_folder.string(),
        "--output=" + worker_log(launch).string(),
        "--open-mode=append",
    };
    if (launch.gpus > 0) argv.push_back("--gpus-per-node=" + std::to_string(launch.gpus));
    if (!options.partition.empty()) argv.push_back("--partition=" + options.partition);
    if (!options.account.empty()) argv.push_back("--account=" + options.account);
    argv.insert(argv.end(), options.further.begin(), options.further.end());
    argv.insert(argv.end(), {script_of(launch).string(), settings_.program.string(), "worker", "--launch",
                             launch_file(launch.work_folder).string()});
    return argv;
}

std::vector<SiteJob> Slurm::parse_jobs(std::string_view output) const {
    std::vector<SiteJob> jobs;
    const std::string ours = mark() + " cluster=";
    while (!output.empty()) {
        const std::string_view line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        const std::vector<std::string_view> cells = columns(line);
        if (cells.empty() || !cells[1].starts_with(kNamePrefix) || !cells[4].starts_with(ours)) continue;
        SiteJob job;
        job.id = cells[0];
        job.worker_id = cells[1].substr(kNamePrefix.size());
        job.state = cells[2];
        job.phase = phase_of(job.state);
        std::from_chars(cells[3].data(), cells[3].data() + cells[3].size(), job.exit_code);
        if (cells[5] != "None") job.reason = cells[5];
        jobs.push_back(std::move(job));
    }
    return jobs;
}

CommandResult Slurm::run(std::vector<std::string> argv, const std::stop_token& stop) {
    try {
        // A job starts with what sbatch had: the GPUs of this machine are none of the job's.
        auto environ = machine_environ();
        environ.erase(kVisibleGpus);
        return run_command(children_, command_line(std::move(argv), environ), nullptr, stop, kLongest);
    } catch (const TooSlow& late) {
        return {1, late.what()};
    } catch (const std::system_error& failure) {
        return {1, failure.what()};
    }
}

std::variant<std::string, SiteRefusal> Slurm::submit(const WorkerLaunch& launch, const ClusterDefinition& definition,
                                                     const std::stop_token& stop) {
    try {
        write_script(launch);
    } catch (const std::system_error& failure) {
        return SiteRefusal{failure.what()};
    }
    const CommandResult result = run(submission(launch, definition.slurm), stop);
    if (failed(result)) return SiteRefusal{message_of(result)};
    const std::string printed = message_of(result);  // "17", or "17;cluster" where there are several
    return printed.substr(0, printed.find(';'));
}

std::variant<std::vector<SiteJob>, SiteRefusal> Slurm::jobs(const std::stop_token& stop) {
    const CommandResult result = run({"squeue", "--noheader", "--states=all", "--user=" + std::to_string(::geteuid()),
                                      "--Format=" + std::string(kColumns)},
                                     stop);
    if (failed(result)) return SiteRefusal{message_of(result)};
    return parse_jobs(result.output);
}

/// Of the job's worker alone, and not of what it has started.
std::string Slurm::signal(const SiteJob& job, const std::string& name, const std::stop_token& stop) {
    return message_of_failure(run({"scancel", "--batch", "--signal=" + name, job.id}, stop));
}

std::string Slurm::tell_to_leave(const SiteJob& job, const std::string& signal_name, const std::stop_token& stop) {
    // One that runs is left alone by this.
    const std::string refusal = message_of_failure(run({"scancel", "--state=PENDING", job.id}, stop));
    return refusal.empty() ? signal(job, signal_name, stop) : refusal;
}

std::string Slurm::tell(const SiteJob& job, SiteMessage message, const std::stop_token& stop) {
    switch (message) {
        case SiteMessage::kRenew:
            return signal(job, "HUP", stop);
        case SiteMessage::kRetire:
            return tell_to_leave(job, "USR1", stop);
        // SIGTERM is how Slurm itself ends a job: by another one the worker knows that its node asks.
        case SiteMessage::kStop:
            return tell_to_leave(job, "INT", stop);
        case SiteMessage::kCancel:
            break;
    }
    return message_of_failure(run({"scancel", job.id}, stop));
}

}  // namespace stoker::clusters
