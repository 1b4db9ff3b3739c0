#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "workers/driver.h"
#include "workers/event.h"
#include "workers/job_profile.h"
#include "workers/kernel_host.h"
#include "workers/zygote.h"

namespace stoker::workers {

/// That a model's zygote is started with, and so the programs of its kernels, made of that of a run that wants it.
nlohmann::json model_environ(nlohmann::json environ, const std::filesystem::path& folder);

/// The zygotes of one Python environment: lean, from it imports, from that one for each model that runs load again and
/// again. A lean zygote that dies is started again, with what stood on it. Lives on the I/O thread.
class ZygoteTree {
  public:
    /// `jars`: a folder that its kernels may read beside that of the cluster's jars; "" = none.
    ZygoteTree(KernelHost& host, std::filesystem::path python, Driver& driver, std::filesystem::path jars);

    /// Starts the lean zygote and keeps it alive until `stop`.
    void start();
    /// Whether a lean kernel is idle before `end`.
    boost::asio::awaitable<bool> ready(Clock::Monotonic end);
    std::optional<nlohmann::json> isolation() const;
    /// In the background, and again whenever it has died.
    void grow_imports();

    /// The kernel that suits best what the run will most likely use. A model that is being loaded into a zygote is
    /// waited for, since loading it once more takes longer. nullptr: none before `end`, or `given_up` meanwhile, or the
    /// tree leaves.
    boost::asio::awaitable<std::shared_ptr<Kernel>> acquire(Usage expected, std::function<bool()> given_up,
                                                            Clock::Monotonic end);
    /// A run had to load a model: the next one shall find it. `environ`: with which it loads.
    void model_wanted(ModelUse model, bool needs_spark, nlohmann::json environ);

    /// Zygotes that hold objects of the driver's JVM are of no use any more.
    void driver_died();
    /// Wakes `acquire`, so that it looks at `given_up`.
    void wake() { changed_.notify(); }
    void shrink_pools();
    /// Forks no more; each zygote ends when its last run has ended.
    void leave();
    bool leaving() const { return leaving_; }
    /// No zygote is started any more; kernels that run go on until `end_at_once`.
    void stop();
    void end_at_once();

  private:
    boost::asio::awaitable<void> keep_lean_alive();
    boost::asio::awaitable<void> keep_imports_alive();
    boost::asio::awaitable<void> end_when_unused();
    boost::asio::awaitable<void> pause(std::chrono::seconds length);
    boost::asio::awaitable<void> grow_model(ModelUse model, bool needs_spark, nlohmann::json environ);
    std::shared_ptr<Zygote> lean() const { return zygotes_.empty() ? nullptr : zygotes_.front(); }
    void launch_lean();
    void forget_dead();
    bool make_room_for_model();
    bool is_ready(const std::string& model_key) const;
    std::shared_ptr<Kernel> take(const Usage& expected, bool ask);

    KernelHost& host_;
    const std::filesystem::path python_;
    const std::filesystem::path jars_;
    Driver& driver_;
    bool stopping_ = false;
    bool leaving_ = false;
    int last_zygote_ = 0;
    std::vector<std::shared_ptr<Zygote>> zygotes_;  // lean first
    std::weak_ptr<Zygote> imports_;
    std::set<std::string> growing_models_;      // keys
    std::map<std::string, int> failed_models_;  // key and URI → how many times in a row
    Event changed_;
};

}  // namespace stoker::workers
