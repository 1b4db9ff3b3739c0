#include "workers/init_scripts.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <deque>
#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/command.h"
#include "db/library_store.h"

namespace stoker::workers {
namespace net = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLastLines = 10;
constexpr std::size_t kLongestLine = 400;
// All workers of a cluster, and its Spark, are on one machine.
constexpr const char* kAddress = "127.0.0.1";

std::map<std::string, std::string> environ_of(const KernelHost& host) {
    auto environ = host.python_environ(host.launch.python);
    environ["DB_CLUSTER_ID"] = host.launch.cluster_id;
    environ["DB_CLUSTER_NAME"] = host.launch.cluster_name;
    environ["DB_CONTAINER_IP"] = environ["DB_DRIVER_IP"] = kAddress;
    environ["DB_IS_DRIVER"] = host.launch.is_head ? "TRUE" : "FALSE";
    return environ;
}

clusters::LibrarySources sources_for(const KernelHost& host, db::Pool& pool) {
    return {.dbfs_root = host.launch.dbfs_root,
            .data_folder = host.launch.data_folder,
            .kernel_user = host.launch.kernel_user,
            .workspace_file = [&pool](const std::string& reader, const std::string& path) {
                return pool.run_blocking([&](db::Transaction& tx) { return db::read_library_file(tx, reader, path); });
            }};
}

std::string name_of(int place, const clusters::InitScript& script) {
    const std::string number = std::to_string(place);
    return std::string(number.size() < 2 ? 2 - number.size() : 0, '0') + number + "_" +
           fs::path(script.destination).filename().string();
}

/// 20260504_030201
std::string stamp(const Clock& clock) {
    const std::time_t seconds = clock.epoch_millis() / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%d_%H%M%S", &utc);
    return text.data();
}

/// What a script prints: all of it in a file, the last of it for people.
class ScriptLog {
  public:
    explicit ScriptLog(const fs::path& file) : stream_(file, std::ios::app) {}
    void add(std::string_view line) {
        stream_ << line << std::endl;
        lines_.emplace_back(line.substr(0, kLongestLine));
        if (lines_.size() > kLastLines) lines_.pop_front();
    }
    std::string last_lines() const {
        std::string text;
        for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
        return text;
    }

  private:
    std::ofstream stream_;
    std::deque<std::string> lines_;
};

}  // namespace

nlohmann::json init_scripts_details(const std::vector<InitScriptResult>& results, const WorkerId& worker_id) {
    nlohmann::json told = nlohmann::json::array();
    for (const InitScriptResult& result : results) {
        nlohmann::json one = clusters::to_json(result.script);
        one["status"] = result.status;
        one["execution_duration_seconds"] = result.duration.count();
        if (!result.error_message.empty()) one["error_message"] = result.error_message;
        if (!result.last_lines.empty()) one["stderr"] = result.last_lines;
        told.push_back(std::move(one));
    }
    return {{"init_scripts", {{"cluster", std::move(told)}, {"reported_for_node", worker_id}}}};
}

InitScripts::InitScripts(KernelHost& host, db::Pool& pool)
    : host_(host), sources_(sources_for(host, pool)), confinement_{host.launch.python, host.launch.kernel_path} {}

InitScripts::~InitScripts() {
    stop();
    thread_.join();
}

net::awaitable<std::vector<InitScriptResult>> InitScripts::run(std::vector<clusters::InitScript> scripts) {
    std::vector<InitScriptResult> results;
    for (clusters::InitScript& script : scripts) results.push_back({.script = std::move(script)});
    auto running = run_on_thread(results);
    co_await net::co_spawn(thread_, std::move(running), net::use_awaitable);
    co_return results;
}

/// Blocks the thread that it runs on.
net::awaitable<void> InitScripts::run_on_thread(std::vector<InitScriptResult>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        run_one(static_cast<int>(i), results[i]);
        if (results[i].status != "SUCCEEDED") break;
    }
    co_return;
}

void InitScripts::run_one(int place, InitScriptResult& result) {
    const auto begun = host_.clock.monotonic();
    try {
        execute(fetch(place, result.script), result);
    } catch (const clusters::UnreadableFile& error) {
        result.status = "FAILED_FETCH";
        result.error_message = std::string("it cannot be read: ") + error.what();
    }
    result.duration = std::chrono::duration_cast<std::chrono::seconds>(host_.clock.monotonic() - begun);
    if (!result.error_message.empty())
        result.error_message =
            "Cluster scoped init script " + result.script.destination + " failed: " + result.error_message;
    spdlog::info("init script worker_id={} {} {}", host_.launch.worker_id, describe(result.script), result.status);
}

/// A copy that the kernels' user can read.
fs::path InitScripts::fetch(int place, const clusters::InitScript& script) {
    const std::string text =
        clusters::read_named_file(sources_, host_.children, confinement_, host_.launch.run_as_user_name,
                                  script.destination, stopping_.get_token());
    const fs::path file = host_.init_scripts_folder() / name_of(place, script);
    fs::remove(file);
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) throw std::system_error(errno, std::generic_category(), file.string());
    fs::permissions(file, fs::perms(0444));
    return file;
}

void InitScripts::execute(const fs::path& file, InitScriptResult& result) {
    const fs::path logs =
        clusters::init_script_logs(host_.launch.data_folder, host_.launch.cluster_id) / host_.launch.worker_id;
    fs::create_directories(logs);
    ScriptLog log(logs / (stamp(host_.clock) + "_" + file.filename().string() + ".log"));
    clusters::SpawnRequest request =
        clusters::command_line({"bash", file.string()}, environ_of(host_), host_.launch.kernel_user);
    request.working_folder = host_.databricks_folder();
    clusters::Reach reach{{host_.init_scripts_folder()}, clusters::shared_scratch(host_.launch.data_folder)};
    reach.write.insert(reach.write.end(), {host_.databricks_folder(), host_.launch.work_folder / "home"});
    try {
        const int status =
            clusters::run_command(
                host_.children, confined(std::move(request), confinement_, reach),
                [&](std::string_view line) { log.add(line); }, stopping_.get_token(), host_.settings.init_script_time)
                .status;
        if (status != 0) result.error_message = "Script exit status is non-zero (" + std::to_string(status) + ").";
    } catch (const clusters::TooSlow&) {
        result.error_message = "it was ended after " + std::to_string(host_.settings.init_script_time.count()) +
                               " seconds; a script has no more than that.";
    }
    host_.end_strays();
    result.status = result.error_message.empty() ? "SUCCEEDED" : "FAILED_EXECUTION";
    if (result.error_message.empty()) return;
    result.last_lines = log.last_lines();
    if (!result.last_lines.empty()) result.error_message += " Its last lines:\n" + result.last_lines;
}

}  // namespace stoker::workers
