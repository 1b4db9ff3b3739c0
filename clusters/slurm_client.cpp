#include "clusters/slurm_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

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

template <class Number>
Number number(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string message_of_failure(const CommandResult& result) {
    return failed(result) ? message_of(result) : "";
}

/// Slurm takes scripts only. This one becomes the worker, so that signals to the script are signals to the worker.
constexpr const char* kScript = "#!/bin/sh\nexec \"$@\"\n";

fs::path script_of(const WorkerLaunch& launch) {
    return launch.work_folder / "job.sh";
}

}  // namespace

bool SlurmJob::has_ended() const {
    return std::ranges::find(kEndStates, state) != kEndStates.end();
}

SlurmClient::SlurmClient(Children& children, Settings settings) : children_(children), settings_(std::move(settings)) {}

bool SlurmClient::is_installed() {
    const char* path = std::getenv("PATH");
    std::string_view folders = path ? path : "";
    while (!folders.empty()) {
        const std::string folder(folders.substr(0, folders.find(':')));
        if (!folder.empty() && ::access((folder + "/sbatch").c_str(), X_OK) == 0) return true;
        folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
    }
    return false;
}

void SlurmClient::write_script(const WorkerLaunch& launch) {
    std::ofstream stream(script_of(launch));
    stream << kScript;
    stream.flush();
    if (!stream) throw std::system_error(errno, std::generic_category(), script_of(launch).string());
}

/// By which this node knows its jobs, whatever else runs under its name or its user.
std::string SlurmClient::mark() const {
    std::string mark = "stoker node=" + settings_.node_id + "@" + settings_.data_folder.string();
    std::ranges::replace(mark, '|', '_');
    return mark;
}

std::vector<std::string> SlurmClient::submission(const WorkerLaunch& launch, const SlurmOptions& options) const {
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

std::vector<SlurmJob> SlurmClient::parse_jobs(std::string_view output) const {
    std::vector<SlurmJob> jobs;
    const std::string ours = mark() + " cluster=";
    while (!output.empty()) {
        const std::string_view line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        const std::vector<std::string_view> cells = columns(line);
        if (cells.empty() || !cells[1].starts_with(kNamePrefix) || !cells[4].starts_with(ours)) continue;
        SlurmJob job;
        job.job_id = number<std::int64_t>(cells[0]);
        job.worker_id = cells[1].substr(kNamePrefix.size());
        job.state = cells[2];
        job.exit_code = number<int>(cells[3]);
        if (cells[5] != "None") job.reason = cells[5];
        jobs.push_back(std::move(job));
    }
    return jobs;
}

CommandResult SlurmClient::run(std::vector<std::string> argv, const std::stop_token& stop) {
    try {
        return run_command(children_, command_line(std::move(argv), machine_environ()), nullptr, stop, kLongest);
    } catch (const TooSlow& late) {
        return {1, late.what()};
    } catch (const std::system_error& failure) {
        return {1, failure.what()};
    }
}

std::variant<std::int64_t, SlurmRefusal> SlurmClient::submit(const WorkerLaunch& launch, const SlurmOptions& options,
                                                             const std::stop_token& stop) {
    const CommandResult result = run(submission(launch, options), stop);
    if (failed(result)) return SlurmRefusal{message_of(result)};
    return number<std::int64_t>(message_of(result));
}

std::variant<std::vector<SlurmJob>, SlurmRefusal> SlurmClient::jobs(const std::stop_token& stop) {
    const CommandResult result = run({"squeue", "--noheader", "--states=all", "--user=" + std::to_string(::geteuid()),
                                      "--Format=" + std::string(kColumns)},
                                     stop);
    if (failed(result)) return SlurmRefusal{message_of(result)};
    return parse_jobs(result.output);
}

std::string SlurmClient::signal(std::int64_t job_id, const std::string& name, const std::stop_token& stop) {
    return message_of_failure(run({"scancel", "--batch", "--signal=" + name, std::to_string(job_id)}, stop));
}

std::string SlurmClient::cancel_if_pending(std::int64_t job_id, const std::stop_token& stop) {
    return message_of_failure(run({"scancel", "--state=PENDING", std::to_string(job_id)}, stop));
}

std::string SlurmClient::cancel(std::int64_t job_id, const std::stop_token& stop) {
    return message_of_failure(run({"scancel", std::to_string(job_id)}, stop));
}

}  // namespace stoker::clusters
