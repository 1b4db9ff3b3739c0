#include "workers/worker.h"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/process.h"
#include "workers/mounts.h"
#include "workers/worker_service.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {

/// Slurm sends SIGKILL after the SIGTERM, 30 s later where nobody has set its KillWait.
constexpr std::chrono::seconds kSlurmGrace{15};

std::string read_dsn(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string dsn;
    if (!std::getline(stream, dsn) || dsn.empty()) {
        throw std::runtime_error(file.string() + ": no connection string in it");
    }
    return dsn;
}

/// Before anything else runs in this process or is started by it.
void enter_limits(const clusters::WorkerLaunch& launch) {
    if (launch.limits_by.starts_with("cgroup")) clusters::WorkerGroup(launch.worker_id).enter();
    if (launch.limits_by == "rlimits") clusters::keep_to_cores(launch.worker_id, launch.limits.cores);
}

/// Slurm ends a job by SIGTERM; a node that wants its worker back sends SIGINT.
std::optional<LeaveEarly> end_by_slurm(const clusters::WorkerLaunch& launch, int signal) {
    if (launch.provider != clusters::kSlurmProvider || signal != SIGTERM) return std::nullopt;
    const char* job = std::getenv("SLURM_JOB_ID");
    return LeaveEarly{"Slurm ended job " + std::string(job ? job : "?") +
                          ", which the worker ran in: it was cancelled, was out of time, or was preempted.",
                      kSlurmGrace};
}

/// The first signal drains, the second ends the process with all its children.
void on_signals(net::signal_set& signals, WorkerService& service, const clusters::WorkerLaunch& launch, bool first) {
    signals.async_wait([&signals, &service, &launch, first](boost::system::error_code cancelled, int signal) {
        if (cancelled) return;
        if (!first) {
            spdlog::warn("worker ends at once");
            service.abandon();
            std::_Exit(1);
        }
        if (auto early = end_by_slurm(launch, signal))
            service.leave_early(std::move(*early));
        else
            service.drain();
        on_signals(signals, service, launch, false);
    });
}

void on_hangup(net::signal_set& hangup, WorkerService& service) {
    hangup.async_wait([&hangup, &service](boost::system::error_code cancelled, int) {
        if (cancelled) return;
        service.renew();
        on_hangup(hangup, service);
    });
}

void on_retire(net::signal_set& signals, WorkerService& service) {
    signals.async_wait([&service](boost::system::error_code cancelled, int) {
        if (!cancelled) service.retire();
    });
}

}  // namespace

int run_worker(const WorkerSettings& settings) {
    // First of all: a process with threads, or one that nobody may look into, can have no user namespace.
    mount_for_notebooks(settings.launch);
    enter_limits(settings.launch);
    clusters::become_subreaper();
    clusters::become_undumpable();
    net::io_context io(1);
    WorkerService service(io.get_executor(), settings, read_dsn(settings.launch.dsn_file), system_clock());
    net::signal_set signals(io, SIGTERM, SIGINT);
    on_signals(signals, service, settings.launch, true);
    net::signal_set hangup(io, SIGHUP);
    on_hangup(hangup, service);
    net::signal_set retirement(io, SIGUSR1);
    on_retire(retirement, service);
    int status = 1;
    std::exception_ptr failure;
    net::co_spawn(io, service.run(), [&](std::exception_ptr error, int result) {
        failure = error;
        status = result;
        signals.cancel();
        hangup.cancel();
        retirement.cancel();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return status;
}

}  // namespace stoker::workers
