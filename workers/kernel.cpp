#include "workers/kernel.h"

#include <signal.h>
#include <spdlog/spdlog.h>

#include "clusters/process.h"

namespace stoker::workers {
namespace net = boost::asio;
namespace fs = std::filesystem;

namespace {
/// Between the two news of one death, from its zygote and from its socket.
constexpr std::chrono::seconds kSecondNews{2};
}  // namespace

Kernel::Kernel(KernelHost& host, std::shared_ptr<FrameChannel> channel)
    : host_(host),
      id_(host.next_kernel_id()),
      folder_(host.runs_folder() / id_),
      channel_(std::move(channel)),
      changed_(host.executor) {}

Kernel::~Kernel() {
    host_.later([folder = folder_, cgroup = std::move(cgroup_)]() mutable {
        fs::remove_all(folder);
        cgroup.reset();
    });
}

Kernel::Made Kernel::make(KernelHost& host, bool rehearse) {
    FrameChannel::Pair pair = FrameChannel::make(host.executor);
    Made made;
    made.kernel = std::shared_ptr<Kernel>(new Kernel(host, std::move(pair.channel)));
    made.socket = std::move(pair.peer);
    Kernel& kernel = *made.kernel;
    host.make_private_folder(kernel.folder_);
    if (host.cgroups && kernel.memory_limited())
        kernel.cgroup_ = host.cgroups->make(kernel.id_, host.launch.memory_mb, host.kernel_uid);
    made.fork_frame = {{"op", "fork"},
                       {"kernel_id", kernel.id_},
                       {"folder", kernel.folder_.string()},
                       {"rehearse", rehearse},
                       {"limits", nlohmann::json::object()},
                       {"cgroup", nullptr}};
    if (host.launch.memory_mb > 0) made.fork_frame["limits"]["memory_mb"] = host.launch.memory_mb;
    if (kernel.cgroup_) made.fork_frame["cgroup"] = kernel.cgroup_->path().string();
    return made;
}

void Kernel::start(const nlohmann::json& run, OnEvent on_event) {
    on_event_ = std::move(on_event);
    finished_.reset();
    free_again_ = false;
    channel_->send(run);
}

net::awaitable<void> Kernel::serve(std::shared_ptr<Kernel> kernel, std::function<void()> on_ready) {
    try {
        while (const auto frame = co_await kernel->channel_->read()) {
            kernel->on_frame(*frame, on_ready);
            kernel->changed_.notify();
        }
        kernel->broken_ = kernel->channel_->broken();
    } catch (const std::exception& error) {
        // User code can write to the socket what the kernel's own code would not.
        spdlog::error("kernel={} is given up error=\"{}\"", kernel->id_, error.what());
        kernel->broken_ = true;
    }
    kernel->closed_ = true;
    kernel->on_event_ = nullptr;
    if (kernel->broken_) kernel->end_at_once();
    kernel->changed_.notify();
}

void Kernel::on_frame(const nlohmann::json& frame, const std::function<void()>& on_ready) {
    const std::string event = frame.value("event", "");
    if (event == "ready" && ready_) {
        on_event_ = nullptr;
        free_again_ = true;
    } else if (event == "ready") {
        ready_ = true;
        isolation_ = frame.value("isolation", nlohmann::json::object());
        on_ready();
    } else if (event == "finished") {
        // The run may be gone before what comes after its end.
        on_event_ = nullptr;
        finished_ = frame;
    } else if (on_event_) {
        on_event_(frame);
    }
}

net::awaitable<KernelEnd> Kernel::ended() {
    const auto self = shared_from_this();
    while (!finished_ && !closed_ && !over()) co_await changed_.wait();
    const auto second_news = host_.clock.monotonic() + kSecondNews;
    while (!finished_ && !(closed_ && over())) {
        const bool woken = co_await changed_.wait_until(second_news);
        if (!woken) break;
    }
    KernelEnd end;
    end.finished = finished_;
    end.wait_status = wait_status_;
    end.memory_limit = memory_limit_that_ended_it();
    co_return end;
}

/// Who killed a kernel that has a limit of its own is not told: most likely the limit.
std::string Kernel::memory_limit_that_ended_it() const {
    if (broken_ || !wait_status_ || !WIFSIGNALED(*wait_status_) || WTERMSIG(*wait_status_) != SIGKILL) return "";
    if (memory_limited()) return "a run of this cluster may use " + std::to_string(host_.launch.memory_mb) + " MB";
    if (!host_.take_oom_kill()) return "";
    return "a worker of this node type has " + std::to_string(host_.launch.limits.memory_mb) + " MB";
}

net::awaitable<bool> Kernel::put_back_before(Clock::Monotonic end) {
    const auto self = shared_from_this();
    while (!free_again() && !closed_ && !over()) {
        const bool woken = co_await changed_.wait_until(end);
        if (!woken) break;
    }
    co_return free_again();
}

net::awaitable<void> Kernel::process_gone() {
    const auto self = shared_from_this();
    while (!over()) co_await changed_.wait();
}

void Kernel::end_softly() {
    if (over() || ending_) return;
    ending_ = true;
    if (pid_ > 0 && ::kill(-pid_, SIGTERM) != 0) ::kill(pid_, SIGTERM);
    host_.tasks.spawn("kernel grace", kill_after_grace());
}

void Kernel::leave() {
    if (over() || ending_) return;
    ending_ = true;
    host_.tasks.spawn("kernel leaves", kill_after_grace());
}

net::awaitable<void> Kernel::kill_after_grace() {
    const auto self = shared_from_this();
    const auto end = host_.clock.monotonic() + host_.settings.kill_grace;
    while (!over()) {
        const bool woken = co_await changed_.wait_until(end);
        if (!woken) break;
    }
    end_at_once();
}

void Kernel::end_at_once() {
    ending_ = true;
    if (over()) return;
    if (pid_ <= 0) {
        // Forked or not, its zygote has not told its pid: a kernel without a worker leaves before it begins a run.
        channel_->close();
        return;
    }
    clusters::kill_tree(pid_);
    ::kill(-pid_, SIGKILL);
}

void Kernel::forked(pid_t pid) {
    pid_ = pid;
    if (cgroup_) {
        host_.later([cgroup = cgroup_, pid] { cgroup->adopt(pid); });
    }
    if (ending_) end_at_once();
}

void Kernel::exited(int wait_status) {
    wait_status_ = wait_status;
    changed_.notify();
}

void Kernel::lost() {
    lost_ = true;
    changed_.notify();
}

}  // namespace stoker::workers
