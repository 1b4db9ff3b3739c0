#include "workers/worker.h"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/process.h"
#include "clusters/worker_order.h"
#include "workers/mounts.h"
#include "workers/worker_service.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {

/// Slurm and Kubernetes send SIGKILL after the SIGTERM, 30 s later where nobody has said otherwise.
constexpr std::chrono::seconds kSiteGrace{15};
constexpr std::chrono::seconds kLookForOrders{1};

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

std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value ? value : "?";
}

/// By SIGTERM a site ends what a worker runs in; a node that wants its worker back says so otherwise.
std::optional<LeaveEarly> end_by_site(const clusters::WorkerLaunch& launch, int signal) {
    if (signal != SIGTERM) return std::nullopt;
    const Clock::Monotonic end = system_clock().monotonic() + kSiteGrace;
    if (launch.provider == clusters::kSlurmProvider)
        return LeaveEarly{"Slurm ended job " + value_of("SLURM_JOB_ID") +
                              ", which the worker ran in: it was cancelled, was out of time, or was preempted.",
                          end};
    if (launch.provider == clusters::kKubernetesProvider)
        return LeaveEarly{"Kubernetes ended pod stoker-" + launch.worker_id +
                              ", which the worker ran in: it was deleted, evicted or preempted.",
                          end};
    return std::nullopt;
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
        if (auto early = end_by_site(launch, signal))
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

/// Where no signal of the node arrives: what the node writes into the worker's folder takes their place.
net::awaitable<void> obey_orders(WorkerService& service, std::filesystem::path folder) {
    net::steady_timer timer(co_await net::this_coro::executor);
    const std::filesystem::path launch = clusters::launch_file(folder);
    std::error_code absent;
    auto read_at = std::filesystem::last_write_time(launch, absent);
    std::optional<clusters::WorkerOrder> obeyed;
    while (true) {
        timer.expires_after(kLookForOrders);
        co_await timer.async_wait(net::use_awaitable);
        const auto written_at = std::filesystem::last_write_time(launch, absent);
        if (!absent && written_at != read_at) service.renew();
        if (!absent) read_at = written_at;
        const std::optional<clusters::WorkerOrder> order = clusters::read_order(folder);
        if (!order || order == obeyed) continue;
        obeyed = order;
        if (order == clusters::WorkerOrder::kRetire)
            service.retire();
        else
            service.drain();
    }
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
    net::cancellation_signal leaves;
    if (settings.launch.provider == clusters::kKubernetesProvider)
        net::co_spawn(io, obey_orders(service, settings.launch.work_folder),
                      net::bind_cancellation_slot(leaves.slot(), net::detached));
    int status = 1;
    std::exception_ptr failure;
    net::co_spawn(io, service.run(), [&](std::exception_ptr error, int result) {
        failure = error;
        status = result;
        signals.cancel();
        hangup.cancel();
        retirement.cancel();
        leaves.emit(net::cancellation_type::terminal);
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return status;
}

}  // namespace stoker::workers
