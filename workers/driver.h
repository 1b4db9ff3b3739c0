#pragma once
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

#include "db/spark_page_store.h"
#include "workers/event.h"
#include "workers/frame_channel.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// The Spark driver of the worker's kernels: one Python process with one JVM, started on first use and, when it has
/// died, on the next. Lives on the I/O thread.
class Driver {
  public:
    /// The kernels that were attached when the driver died, and what it said of its end.
    using OnDeath = std::function<void(const std::set<std::string>& kernel_ids, const std::string& why)>;
    /// What it is told of its cluster (spark_settings.h); may take as long as fetching jars.
    using Settings = std::function<boost::asio::awaitable<nlohmann::json>()>;
    Driver(KernelHost& host, std::filesystem::path python, Settings settings, OnDeath on_death);

    /// Starts it unless it runs or starts already.
    void start();
    bool started() const { return process_ != nullptr; }

    /// The door of a kernel or of a model's zygote, as the driver answered; {"ok":true,…} or {"ok":false,"error"}.
    boost::asio::awaitable<nlohmann::json> attach(std::string kernel_id, std::string tag, std::string seed_from);
    /// Cancels the jobs of its tag and frees its session; nothing when it was never attached.
    void detach(const std::string& kernel_id);
    /// A page of its UI as a whole HTTP response, base64; nullopt: no driver runs.
    boost::asio::awaitable<std::optional<std::string>> page(db::SparkPageRequest request);
    /// Ends it, if it runs; the next attach starts another.
    void end(const std::string& why);
    /// Kernels that attach from here on find one with this Python and the launch's jars. One that runs stays for those
    /// that are attached to it.
    void renew(std::filesystem::path python);
    void stop();

  private:
    struct Process {
        pid_t pid = 0;
        std::shared_ptr<FrameChannel> channel;
        bool given_up = false;  // it need not be started any more
        bool ready = false;
        bool dead = false;
        std::string failure;
        std::map<std::string, nlohmann::json> answers;  // kernel_id → answer not yet taken
        std::set<std::string> attached;                 // asked for and not detached
        std::map<std::int64_t, std::string> pages;      // request_id → response not yet taken
    };
    boost::asio::awaitable<void> launch(std::shared_ptr<Process> process);
    void write_config(const std::filesystem::path& file, const nlohmann::json& settings) const;
    std::shared_ptr<Process> process_of(const std::string& kernel_id) const;
    static void give_up(Process& process);
    static boost::asio::awaitable<void> serve(Driver& driver, std::shared_ptr<Process> process);
    void on_frame(Process& process, const nlohmann::json& frame);

    KernelHost& host_;
    std::filesystem::path python_;
    const Settings settings_;
    OnDeath on_death_;
    std::shared_ptr<Process> process_;
    std::vector<std::shared_ptr<Process>> leaving_;  // each ends with the last that is attached to it
    bool stopped_ = false;
    Event changed_;
};

}  // namespace stoker::workers
