#include "cli/supervised_child.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>
#include <spdlog/spdlog.h>

#include "cli/restart_pause.h"
#include "core/clock.h"

namespace net = boost::asio;

namespace stoker::cli {
namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);

std::string how_it_ended(int status) {
    if (status > 128) return "by signal " + std::to_string(status - 128);
    return "with exit code " + std::to_string(status);
}
}  // namespace

struct SupervisedChild::Impl : std::enable_shared_from_this<SupervisedChild::Impl> {
    Impl(net::any_io_executor executor, std::string child_name, clusters::SpawnRequest spawn_request,
         clusters::Children& all_children)
        : name(std::move(child_name)),
          request(std::move(spawn_request)),
          children(all_children),
          pause(executor),
          ended(executor) {
        ended.expires_at(std::chrono::steady_clock::time_point::max());
    }

    void spawn() {
        pid = children.spawn(request);
        started = system_clock().monotonic();
        spdlog::info("started process={} pid={}", name, pid);
        net::co_spawn(pause.get_executor(), watch(shared_from_this(), pid), [](std::exception_ptr) {});
    }

    /// Waits for the process to end and, unless it was asked to, starts the next.
    static net::awaitable<void> watch(std::shared_ptr<Impl> self, pid_t watched) {
        net::posix::stream_descriptor process(self->pause.get_executor(), clusters::open_pidfd(watched));
        co_await process.async_wait(net::posix::stream_descriptor::wait_read, kToken);
        int status = self->children.reap(watched);
        self->pid = 0;
        self->children.end_strays();
        if (self->stopping) {
            self->ended.cancel();
            co_return;
        }
        auto wait = self->restart_pause.after(system_clock().monotonic() - self->started);
        spdlog::error("process={} pid={} ended {}; it is started again in {} s", self->name, watched,
                      how_it_ended(status), wait.count());
        while (!self->stopping && self->pid == 0) {
            self->pause.expires_after(wait);
            auto [cancelled] = co_await self->pause.async_wait(kToken);
            if (cancelled || self->stopping) co_return;
            try {
                self->spawn();
            } catch (const std::exception& failed) {
                spdlog::error("process={} could not be started: {}", self->name, failed.what());
                wait = self->restart_pause.after({});
            }
        }
    }

    std::string name;
    clusters::SpawnRequest request;
    clusters::Children& children;
    net::steady_timer pause;
    net::steady_timer ended;  // cancelled when the process is gone
    RestartPause restart_pause;
    Clock::Monotonic started;
    pid_t pid = 0;
    bool stopping = false;
};

SupervisedChild::SupervisedChild(net::any_io_executor executor, std::string name, clusters::SpawnRequest request,
                                 clusters::Children& children)
    : impl_(std::make_shared<Impl>(executor, std::move(name), std::move(request), children)) {}

SupervisedChild::~SupervisedChild() {
    impl_->stopping = true;
    impl_->pause.cancel();
    if (impl_->pid > 0) clusters::kill_tree(impl_->pid);
}

void SupervisedChild::start() {
    impl_->spawn();
}

pid_t SupervisedChild::pid() const {
    return impl_->pid;
}

net::awaitable<void> SupervisedChild::stop(std::chrono::seconds grace) {
    auto self = impl_;
    self->stopping = true;
    self->pause.cancel();
    if (self->pid == 0) co_return;
    kill(self->pid, SIGTERM);
    self->ended.expires_after(grace);
    co_await self->ended.async_wait(kToken);
    if (self->pid == 0) co_return;
    spdlog::warn("process={} pid={} did not end within {} s and is killed", self->name, self->pid, grace.count());
    self->ended.expires_at(std::chrono::steady_clock::time_point::max());
    clusters::kill_tree(self->pid);
    co_await self->ended.async_wait(kToken);
}

}  // namespace stoker::cli
