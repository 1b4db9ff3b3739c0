#pragma once
#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "workers/frame_channel.h"
#include "workers/job_profile.h"
#include "workers/kernel.h"

namespace stoker::workers {

/// A Python process that is forked and never runs user code, with its pool of idle kernels. Lives on the I/O thread;
/// owned by its tree. Its end shows on its socket.
class Zygote : public std::enable_shared_from_this<Zygote> {
  public:
    struct Spec {
        std::string id;
        std::optional<ModelUse> model;
        std::filesystem::path folder;     // its own, removed with it; "" = it needs none
        bool attached_to_driver = false;  // it holds objects of the driver's JVM
        PoolLimits idle;
    };
    enum class State { kStarting, kReady, kDead };

    /// `on_change` after every change that someone may wait for: ready, dead, a kernel idle or gone.
    Zygote(KernelHost& host, Spec spec, std::shared_ptr<FrameChannel> channel, std::function<void()> on_change);
    ~Zygote();

    const Spec& spec() const { return spec_; }
    State state() const { return state_; }
    pid_t pid() const { return pid_; }
    void set_pid(pid_t pid) { pid_ = pid; }
    const std::set<std::string>& modules() const { return modules_; }
    std::int64_t rss_kb() const { return rss_kb_; }
    bool has_idle() const { return !idle_.empty(); }
    /// No kernel of it runs anything.
    bool unused() const { return kernels_.size() == idle_.size(); }
    Clock::Monotonic last_used() const { return last_used_; }
    const std::string& failure() const { return failure_; }
    std::optional<nlohmann::json> isolation() const;

    /// An idle kernel, or nullptr; either way the pool is filled up again.
    std::shared_ptr<Kernel> take();
    /// A child zygote. `preload` as in the protocol.
    std::shared_ptr<Zygote> grow(Spec spec, const nlohmann::json& preload);
    /// It forks no more and ends when its last run has ended.
    void retire();
    void end_at_once();
    /// Fewer idle kernels when no run has wanted them for a while.
    void shrink_pool();

    /// Reads its socket until it closes. Spawned by whoever made it.
    static boost::asio::awaitable<void> serve(std::shared_ptr<Zygote> zygote);

  private:
    void on_frame(const nlohmann::json& frame);
    std::size_t demanded_idle();
    void fill_pool();
    void fill_pool_after(std::chrono::milliseconds delay);
    static boost::asio::awaitable<void> pause_and_fill_pool(std::shared_ptr<Zygote> zygote,
                                                            std::chrono::milliseconds delay);
    void fork_kernel();
    void kernel_gone(const std::string& kernel_id, std::optional<int> wait_status);
    void fork_refused(const std::string& kernel_id);
    void die();

    KernelHost& host_;
    const Spec spec_;
    std::shared_ptr<FrameChannel> channel_;
    std::function<void()> on_change_;
    State state_ = State::kStarting;
    bool retired_ = false;
    pid_t pid_ = 0;
    std::set<std::string> modules_;
    std::int64_t rss_kb_ = 0;
    std::string failure_;
    Clock::Monotonic last_used_;

    std::size_t wanted_idle_;
    std::deque<Clock::Monotonic> takes_;                      // of the last second
    std::map<std::string, std::shared_ptr<Kernel>> kernels_;  // all whose process lives
    std::deque<std::shared_ptr<Kernel>> idle_;
    std::size_t forking_ = 0;
    int failed_forks_ = 0;
    bool filling_soon_ = false;
    std::map<std::string, std::weak_ptr<Zygote>> children_;  // to be told their pids
};

}  // namespace stoker::workers
