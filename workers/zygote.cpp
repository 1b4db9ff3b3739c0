#include "workers/zygote.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <signal.h>
#include <spdlog/spdlog.h>

#include "clusters/process.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {
/// Kernels in a row that died before they were ready: once no other lives their zygote is of no use.
constexpr int kMaxFailedForks = 3;
/// While others are idle a fork waits until the run that took a kernel, or has just left one, is on its way: most are
/// over and answered by then.
constexpr std::chrono::milliseconds kForkDelay{20};
/// After a fork that the system had no disk, descriptors or processes for.
constexpr std::chrono::seconds kPauseWithoutMeans{1};
}  // namespace

Zygote::Zygote(KernelHost& host, Spec spec, std::shared_ptr<FrameChannel> channel, std::function<void()> on_change)
    : host_(host),
      spec_(std::move(spec)),
      channel_(std::move(channel)),
      on_change_(std::move(on_change)),
      last_used_(host.clock.monotonic()),
      wanted_idle_(spec_.idle.least) {}

Zygote::~Zygote() {
    if (!spec_.folder.empty()) host_.later([folder = spec_.folder] { std::filesystem::remove_all(folder); });
}

std::optional<nlohmann::json> Zygote::isolation() const {
    if (idle_.empty()) return std::nullopt;
    return idle_.front()->isolation();
}

net::awaitable<void> Zygote::serve(std::shared_ptr<Zygote> zygote) {
    try {
        while (const auto frame = co_await zygote->channel_->read()) zygote->on_frame(*frame);
    } catch (const std::exception& error) {
        // Nobody would hear of its kernels any more, nor could end them.
        spdlog::error("zygote={} is given up error=\"{}\"", zygote->spec_.id, error.what());
        zygote->end_at_once();
    }
    zygote->die();
}

void Zygote::on_frame(const nlohmann::json& frame) {
    const std::string event = frame.value("event", "");
    if (event == "ready" && spec_.model && frame.value("model_key", nlohmann::json()) != spec_.model->key) {
        // User code says which models it wants, and may give one the key of another.
        spdlog::warn("zygote holds another model zygote={} model={}", spec_.id, spec_.model->uri);
        channel_->close();
    } else if (event == "ready") {
        state_ = State::kReady;
        for (const auto& module : frame.value("modules", nlohmann::json::array())) {
            add_with_parents(modules_, module.get<std::string>());
        }
        rss_kb_ = frame.value("rss_kb", std::int64_t{0});
        spdlog::info("zygote ready zygote={} modules={} rss_kb={} threads={}", spec_.id, modules_.size(), rss_kb_,
                     frame.value("threads", 0));
        fill_pool();
    } else if (event == "failed") {
        failure_ = frame.value("message", "");
        spdlog::warn("zygote failed zygote={} error=\"{}\"", spec_.id, failure_);
        channel_->close();
    } else if (event == "forked") {
        const auto found = kernels_.find(frame.value("kernel_id", ""));
        if (found != kernels_.end()) found->second->forked(frame.value("pid", 0));
    } else if (event == "exited") {
        kernel_gone(frame.value("kernel_id", ""), frame.value("status", 0));
    } else if (event == "grown") {
        const auto found = children_.find(frame.value("zygote_id", ""));
        if (found == children_.end()) return;
        if (const auto child = found->second.lock()) child->set_pid(frame.value("pid", 0));
        children_.erase(found);
    } else if (event == "refused") {
        spdlog::warn("zygote cannot fork zygote={} error=\"{}\"", spec_.id, frame.value("message", ""));
        fork_refused(frame.value("kernel_id", ""));
    }
    on_change_();
}

std::shared_ptr<Kernel> Zygote::take() {
    last_used_ = host_.clock.monotonic();
    std::shared_ptr<Kernel> kernel;
    if (!idle_.empty()) {
        kernel = std::move(idle_.front());
        idle_.pop_front();
    }
    takes_.push_back(last_used_);
    wanted_idle_ = std::max(wanted_idle_, demanded_idle());
    if (idle_.empty()) {
        // A run that finds the pool empty, or takes its last kernel, shows that the pool is too small.
        wanted_idle_ = std::min(wanted_idle_ + 1, std::max(spec_.idle.most, spec_.idle.least));
        fill_pool();
    } else {
        fill_pool_after(kForkDelay);
    }
    return kernel;
}

void Zygote::fill_pool_after(std::chrono::milliseconds delay) {
    if (filling_soon_ || state_ == State::kDead) return;
    filling_soon_ = true;
    host_.tasks.spawn("pool", pause_and_fill_pool(shared_from_this(), delay));
}

net::awaitable<void> Zygote::pause_and_fill_pool(std::shared_ptr<Zygote> zygote, std::chrono::milliseconds delay) {
    net::steady_timer pause(zygote->host_.executor, delay);
    co_await pause.async_wait(net::as_tuple(net::use_awaitable));
    zygote->filling_soon_ = false;
    zygote->fill_pool();
}

std::size_t Zygote::demanded_idle() {
    const auto horizon = host_.clock.monotonic() - std::chrono::seconds(1);
    while (!takes_.empty() && takes_.front() < horizon) takes_.pop_front();
    return pool_size(spec_.idle, takes_.size());
}

void Zygote::shrink_pool() {
    wanted_idle_ = std::max(wanted_idle_ / 2, demanded_idle());
    while (idle_.size() > wanted_idle_) {
        idle_.back()->end_at_once();
        idle_.pop_back();
    }
}

void Zygote::fill_pool() {
    if (state_ != State::kReady || retired_) return;
    try {
        while (idle_.size() + forking_ < wanted_idle_) fork_kernel();
    } catch (const std::exception& error) {
        spdlog::warn("no kernel can be made now zygote={} error=\"{}\"", spec_.id, error.what());
        fill_pool_after(kPauseWithoutMeans);
    }
}

void Zygote::fork_kernel() {
    Kernel::Made made = Kernel::make(host_, !idle_.empty());
    const std::shared_ptr<Kernel>& kernel = made.kernel;
    kernels_.emplace(kernel->id(), kernel);
    ++forking_;
    channel_->send(made.fork_frame, std::move(made.socket));
    host_.tasks.spawn("kernel", Kernel::serve(kernel, [self = shared_from_this(), weak = std::weak_ptr(kernel)] {
                          const auto ready = weak.lock();
                          if (!ready) return;
                          --self->forking_;
                          self->failed_forks_ = 0;
                          if (self->retired_) {
                              ready->end_at_once();
                              return;
                          }
                          self->idle_.push_back(ready);
                          self->on_change_();
                      }));
}

void Zygote::kernel_gone(const std::string& kernel_id, std::optional<int> wait_status) {
    const auto found = kernels_.find(kernel_id);
    if (found == kernels_.end()) return;
    const std::shared_ptr<Kernel> kernel = found->second;
    kernels_.erase(found);
    if (!kernel->ready()) {
        --forking_;
        ++failed_forks_;
    }
    std::erase(idle_, kernel);
    if (wait_status) {
        kernel->exited(*wait_status);
    } else {
        kernel->lost();
    }
    if (retired_ && kernels_.empty()) channel_->close();
    if (failed_forks_ < kMaxFailedForks && idle_.empty()) {
        fill_pool();
    } else if (failed_forks_ < kMaxFailedForks) {
        fill_pool_after(kForkDelay);
    } else if (kernels_.empty()) {
        end_at_once();
    } else {
        fill_pool_after(kPauseWithoutMeans);  // its end would be theirs
    }
}

void Zygote::fork_refused(const std::string& kernel_id) {
    const auto found = kernels_.find(kernel_id);
    if (found == kernels_.end()) return;
    found->second->lost();
    kernels_.erase(found);
    --forking_;
    if (retired_ && kernels_.empty()) channel_->close();
    fill_pool_after(kPauseWithoutMeans);
}

std::shared_ptr<Zygote> Zygote::grow(Spec spec, const nlohmann::json& preload) {
    FrameChannel::Pair pair = FrameChannel::make(host_.executor);
    const auto child = std::make_shared<Zygote>(host_, std::move(spec), std::move(pair.channel), on_change_);
    children_.emplace(child->spec().id, child);
    channel_->send({{"op", "grow"}, {"zygote_id", child->spec().id}, {"preload", preload}}, std::move(pair.peer));
    host_.tasks.spawn("zygote", serve(child));
    return child;
}

void Zygote::retire() {
    retired_ = true;
    for (const auto& kernel : idle_) kernel->end_at_once();
    idle_.clear();
    if (kernels_.empty()) channel_->close();
}

void Zygote::end_at_once() {
    retired_ = true;
    if (pid_ > 0 && state_ != State::kDead) clusters::kill_tree(pid_);
    channel_->close();
}

void Zygote::die() {
    if (state_ == State::kDead) return;
    state_ = State::kDead;
    channel_->close();
    const auto orphans = kernels_;  // they die with it, by their parent-death signal
    for (const auto& [kernel_id, kernel] : orphans) kernel_gone(kernel_id, std::nullopt);
    on_change_();
}

}  // namespace stoker::workers
