#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "workers/event.h"
#include "workers/frame_channel.h"
#include "workers/kernel_host.h"
#include "workers/outcome.h"

namespace stoker::workers {

/// One Python process that runs one run's notebook, or several in turn when it is told to keep itself: forked into a
/// pool, idle, running, over. Lives on the I/O thread; its zygote tells it what becomes of the process, its own socket
/// what becomes of the run.
class Kernel : public std::enable_shared_from_this<Kernel> {
  public:
    struct Made {
        std::shared_ptr<Kernel> kernel;
        nlohmann::json fork_frame;
        clusters::FileDescriptor socket;  // the kernel's end, to travel with the frame
    };
    /// With its run folder, and a control group when its memory is limited. `rehearse`: nobody waits for it, so it may
    /// get ready at length.
    static Made make(KernelHost& host, bool rehearse);
    ~Kernel();

    const std::string& id() const { return id_; }
    const nlohmann::json& isolation() const { return isolation_; }
    bool ready() const { return ready_; }
    /// Its process is gone, or nothing is known of it any more.
    bool over() const { return wait_status_ || lost_; }
    bool memory_limited() const { return host_.launch.memory_mb > 0; }
    std::string memory_limit_that_ended_it() const;

    /// Frames of the running notebook: questions and news.
    using OnEvent = std::function<void(const nlohmann::json&)>;
    void start(const nlohmann::json& run, OnEvent on_event);
    void send(const nlohmann::json& frame) { channel_->send(frame); }
    /// Its last frame, or its death; returns as soon as one of the two is certain.
    boost::asio::awaitable<KernelEnd> ended();
    bool finished() const { return finished_.has_value(); }
    /// After a run that it was told to keep itself for: it has put itself back and takes the next `start`.
    bool free_again() const { return free_again_ && !closed_ && !ending_ && !over(); }
    /// Returns when that is certain, or `end` has come.
    boost::asio::awaitable<bool> put_back_before(Clock::Monotonic end);
    boost::asio::awaitable<void> process_gone();
    /// SIGTERM to its process group and, after the grace, SIGKILL to all it started.
    void end_softly();
    /// It has finished and ends by itself; SIGKILL when it has not after the grace.
    void leave();
    /// SIGKILL to all it started, now.
    void end_at_once();

    // Told by the zygote.
    void forked(pid_t pid);
    void exited(int wait_status);
    void lost();
    /// Reads its socket until it closes; `on_ready` once it may be taken. Spawned by the zygote.
    static boost::asio::awaitable<void> serve(std::shared_ptr<Kernel> kernel, std::function<void()> on_ready);

  private:
    Kernel(KernelHost& host, std::shared_ptr<FrameChannel> channel);
    void on_frame(const nlohmann::json& frame, const std::function<void()>& on_ready);
    boost::asio::awaitable<void> kill_after_grace();

    KernelHost& host_;
    const std::string id_;
    const std::filesystem::path folder_;
    std::shared_ptr<Cgroup> cgroup_;
    std::shared_ptr<FrameChannel> channel_;
    pid_t pid_ = 0;
    bool ready_ = false;
    bool free_again_ = false;
    bool closed_ = false;
    bool broken_ = false;  // it sent what no kernel sends
    bool lost_ = false;
    bool ending_ = false;
    std::optional<int> wait_status_;
    std::optional<nlohmann::json> finished_;
    nlohmann::json isolation_;
    OnEvent on_event_;
    Event changed_;
};

}  // namespace stoker::workers
